#include "tls/digest.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>

namespace gladhand::tls {

namespace {

template <std::size_t N>
std::string base64(const std::array<unsigned char, N>& bytes) {
  std::array<unsigned char, (N + 2) / 3 * 4 + 1> encoded{};  // with a NUL
  const int size = EVP_EncodeBlock(encoded.data(), bytes.data(), N);
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size)};
}

}  // namespace

std::string sha1_base64(std::string_view text) {
  std::array<unsigned char, 20> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  return base64(digest);
}

std::string random_key() {
  std::array<unsigned char, 16> bytes{};
  RAND_bytes(bytes.data(), bytes.size());
  return base64(bytes);
}

}  // namespace gladhand::tls
