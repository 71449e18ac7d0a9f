// Hashes of "open sesame", as htpasswd 2.4 made them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gladhand::auth::test {

inline constexpr std::string_view kPassword = "open sesame";
inline constexpr std::string_view kBcrypt4 = "$2y$04$hiKhfwLFw8Cywdq9nmktiOFSfTkhwTFILRz0rdSvC9L4TPvmDentu";  // -B -C 4
inline constexpr std::string_view kBcrypt6 = "$2y$06$aIJ3Sp03cARiP..Txk/Mt.v0RrRkj1GstQSCCD6rsC/.NuiUwx26i";  // -B -C 6
inline constexpr std::string_view kApr1 = "$apr1$YgQhTqWC$0yVzif9MRPeKrQuZs7S3G1";  // -m
inline constexpr std::string_view kSha1 = "{SHA}W8r/fyL/UzygmbNAjq2HbA67qac=";  // -s
inline constexpr std::string_view kSha256 = "$5$1DcrJWYDIPxbBcaE$nedwJWkBVKspNThVdiuSVmEOFmBUlT14CxFfq/WWtV3";  // -2
inline constexpr std::string_view kSha256Rounds =  // -2 -r 2000
    "$5$rounds=2000$a0o6CR0Pe3C38B9r$6mjd0uxYHrf/j4y5Suvupz6AEJW6tOTe.LzmLvlejp2";
inline constexpr std::string_view kSha512 =  // -5
    "$6$e1KMbhjea99ISZaD$SfV/m3owPvfVC9rbnJSPX1eiT53Wp1ofJTAANyXdLsSfceHv3ff.qavvtw85wPoEQwZsbyQbRu6EJTQJfK0E./";
inline constexpr std::string_view kDes = "d7OLXcalsO4ZI";  // -d

// Of each kind that is accepted, by the name of its user.
inline std::vector<std::pair<std::string, std::string>> of_each_kind() {
  // The three names of bcrypt are one algorithm.
  const auto renamed = [](char letter) {
    std::string hash(kBcrypt4);
    hash[2] = letter;
    return hash;
  };
  return {{"bcrypt_y", std::string(kBcrypt4)}, {"bcrypt_a", renamed('a')},         {"bcrypt_b", renamed('b')},
          {"apr1", std::string(kApr1)},        {"sha1", std::string(kSha1)},       {"sha256", std::string(kSha256)},
          {"sha512", std::string(kSha512)},    {"rounds", std::string(kSha256Rounds)}};
}

}  // namespace gladhand::auth::test
