#include "tls/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace gladhand::tls {
namespace {

const unsigned char* bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

std::optional<std::string> base64_decoded(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::string encoded(text);
  std::string decoded(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(bytes(decoded), bytes(encoded), static_cast<int>(encoded.size()));
  if (size < 0) return std::nullopt;
  const auto padding = static_cast<std::size_t>(std::min<std::ptrdiff_t>(std::ranges::count(text, '='), 2));
  if (static_cast<std::size_t>(size) < padding) return std::nullopt;
  decoded.resize(static_cast<std::size_t>(size) - padding);

  // OpenSSL's reader is lenient (white space around, stray bits), its writer is not.
  std::string again(encoded.size() + 1, '\0');  // the writer ends with a NUL
  again.resize(static_cast<std::size_t>(EVP_EncodeBlock(bytes(again), bytes(decoded), static_cast<int>(decoded.size()))));
  if (again != encoded) return std::nullopt;
  return decoded;
}

}  // namespace gladhand::tls
