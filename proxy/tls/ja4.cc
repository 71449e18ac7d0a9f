#include "tls/ja4.h"

#include <algorithm>
#include <vector>

#include "tls/client_hello.h"
#include "tls/openssl.h"
#include "tls/wire.h"

namespace gladhand::tls {
namespace {

using Numbers = std::vector<std::uint16_t>;

constexpr std::uint16_t kSignatureAlgorithms = 13;
constexpr std::size_t kDigestDigits = 12;
constexpr std::string_view kDigits = "0123456789abcdef";

bool is_grease(std::uint16_t value) { return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff); }

Numbers numbers(Wire list) {
  Numbers found;
  while (list.has_more()) {
    const std::uint16_t value = list.u16();
    if (list.is_sound() && !is_grease(value)) found.push_back(value);
  }
  return found;
}

struct Offer {
  Numbers suites;
  Numbers extensions;
  Numbers signatures;  // in their own order
};

// Of a message that read_client_hello() has found to be sound.
Offer read_offer(std::string_view message) {
  Wire hello(message.substr(4));
  hello.take(2 + 32);  // version and random
  hello.vector(1);     // session id
  Offer offer{numbers(Wire(hello.vector(2))), {}, {}};
  hello.vector(1);  // compression methods
  Wire extensions(hello.has_more() ? hello.vector(2) : std::string_view());
  while (extensions.has_more()) {
    const std::uint16_t type = extensions.u16();
    Wire body(extensions.vector(2));
    if (is_grease(type)) continue;
    offer.extensions.push_back(type);
    if (type == kSignatureAlgorithms) offer.signatures = numbers(Wire(body.vector(2)));
  }
  return offer;
}

std::string joined(const Numbers& values) {
  std::string text;
  for (const std::uint16_t value : values) {
    if (!text.empty()) text += ',';
    for (int shift = 12; shift >= 0; shift -= 4) text += kDigits[value >> shift & 15];
  }
  return text;
}

std::string digest(std::string_view text) {
  if (text.empty()) return std::string(kDigestDigits, '0');
  unsigned char value[EVP_MAX_MD_SIZE];
  EVP_Digest(text.data(), text.size(), value, nullptr, EVP_sha256(), nullptr);
  std::string digits;
  for (std::size_t i = 0; i < kDigestDigits / 2; ++i) (digits += kDigits[value[i] >> 4]) += kDigits[value[i] & 15];
  return digits;
}

std::string_view version(std::uint16_t wire) {
  switch (wire) {
    case 0x0304: return "13";
    case 0x0303: return "12";
    case 0x0302: return "11";
    case 0x0301: return "10";
    case 0x0300: return "s3";
    default: return "00";
  }
}

// Two digits; whatever is more is 99.
std::string count(std::size_t n) {
  n = std::min<std::size_t>(n, 99);
  return {kDigits[n / 10], kDigits[n % 10]};
}

// The first and the last character of what is preferred; where they are no letters or digits, of its hexadecimal form.
std::string protocol(std::string_view name) {
  if (name.empty()) return "00";
  const auto is_plain = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (is_plain(name.front()) && is_plain(name.back())) return {name.front(), name.back()};
  return {kDigits[static_cast<unsigned char>(name.front()) >> 4], kDigits[name.back() & 15]};
}

}  // namespace

std::optional<timeline::Ja4> ja4(std::string_view message) {
  const auto hello = read_client_hello(message);
  if (!hello) return std::nullopt;
  Offer offer = read_offer(message);
  std::string text = "t";
  text += version(hello->version);
  text += hello->has_server_name ? 'd' : 'i';
  text += count(offer.suites.size()) + count(offer.extensions.size()) + protocol(hello->first_protocol) + '_';

  std::ranges::sort(offer.suites);
  text += digest(joined(offer.suites)) + '_';

  std::erase_if(offer.extensions, [](std::uint16_t type) {
    return type == static_cast<std::uint16_t>(Extension::server_name) || type == static_cast<std::uint16_t>(Extension::alpn);
  });
  std::ranges::sort(offer.extensions);
  std::string rest = joined(offer.extensions);
  if (!offer.signatures.empty()) rest += '_' + joined(offer.signatures);
  text += digest(rest);
  return timeline::Ja4(text);
}

}  // namespace gladhand::tls
