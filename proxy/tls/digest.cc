#include "tls/digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <cstdlib>

namespace gladhand::tls {
namespace {

// A digest that silently was not computed would be equal to any other such: rather no process than that.
void must(int succeeded) {
  if (succeeded != 1) std::abort();
}

template <std::size_t N>
std::string base64(const std::array<unsigned char, N>& bytes) {
  std::array<unsigned char, (N + 2) / 3 * 4 + 1> encoded{};  // with a NUL
  const int size = EVP_EncodeBlock(encoded.data(), bytes.data(), N);
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size)};
}

}  // namespace

std::string sha1_base64(std::string_view text) {
  std::array<unsigned char, 20> digest{};
  must(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr));
  return base64(digest);
}

std::string random_key() {
  std::array<unsigned char, 16> bytes{};
  must(RAND_bytes(bytes.data(), bytes.size()));
  return base64(bytes);
}

KeyedDigest::KeyedDigest() {
  const MacPtr hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  context_.reset(EVP_MAC_CTX_new(hmac.get()));
  must(context_ != nullptr);
  std::array<unsigned char, 32> key;
  must(RAND_priv_bytes(key.data(), static_cast<int>(key.size())));
  char name[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0), OSSL_PARAM_construct_end()};
  must(EVP_MAC_init(context_.get(), key.data(), key.size(), parameters));
  OPENSSL_cleanse(key.data(), key.size());
}

KeyedDigest::Value KeyedDigest::of(std::string_view text) {
  Value value{};
  std::size_t size = 0;
  must(EVP_MAC_init(context_.get(), nullptr, 0, nullptr));  // begins anew with the same key
  must(EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size()));
  must(EVP_MAC_final(context_.get(), value.data(), &size, value.size()));
  return value;
}

}  // namespace gladhand::tls
