#include "http/headers.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace gladhand::http {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(FieldId::count_)> kNames{
    "",
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy",
    "http2-settings",
    "expect",
    "via",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-real-ip",
    "authorization",
    "cookie",
    "set-cookie",
    "content-range",
    "content-encoding",
    "content-type",
    "user-agent",
    "referer",
    "date",
    "server",
    "early-data",
};

constexpr std::size_t kLongest = 20;

// Ids by length of the name, so that a lookup compares against the one to four candidates that are as long.
using ByLength = std::array<std::array<FieldId, 6>, kLongest>;

consteval ByLength index_by_length() {
  ByLength table{};
  std::size_t filled[kLongest] = {};  // no std::array: GCC 12 fails on it here when it optimises at link time
  for (std::size_t i = 1; i < kNames.size(); ++i) {
    const std::size_t length = kNames[i].size();
    table[length][filled[length]++] = static_cast<FieldId>(i);
  }
  return table;
}
constexpr ByLength kByLength = index_by_length();

// Whether `name` is `known`, which is as long and made of small letters, digits and hyphens. Whole words are compared: where
// `known` has a letter (0x40 is set), the bit 0x20 of `name`, which tells capitals from small ones, does not count.
bool is_same_token(std::string_view name, std::string_view known) {
  const auto differ = [&]<class Word>(Word, std::size_t at) {
    Word a;
    Word b;
    std::memcpy(&a, name.data() + at, sizeof a);
    std::memcpy(&b, known.data() + at, sizeof b);
    return static_cast<Word>(a | ((b & static_cast<Word>(0x4040404040404040u)) >> 1)) != b;
  };
  const std::size_t size = known.size();
  if (size < 4) {
    for (std::size_t i = 0; i < size; ++i) {
      if (differ(std::uint8_t{}, i)) return false;
    }
    return true;
  }
  if (size < 8) return !differ(std::uint32_t{}, 0) && !differ(std::uint32_t{}, size - 4);
  for (std::size_t i = 0; i + 8 < size; i += 8) {
    if (differ(std::uint64_t{}, i)) return false;
  }
  return !differ(std::uint64_t{}, size - 8);
}

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

}  // namespace

FieldId field_id(std::string_view name) {
  if (name.size() >= kLongest) return FieldId::other;
  for (FieldId id : kByLength[name.size()]) {
    if (id == FieldId::other) break;
    const std::string_view known = kNames[static_cast<std::size_t>(id)];
    if (is_same_token(name, known)) return id;
  }
  return FieldId::other;
}

std::string_view field_name(FieldId id) { return kNames[static_cast<std::size_t>(id)]; }

const Field* Headers::find(FieldId id) const {
  for (const Field& field : fields_) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

std::string_view Headers::value(FieldId id) const {
  const Field* field = find(id);
  return field ? field->value : std::string_view{};
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

}  // namespace gladhand::http
