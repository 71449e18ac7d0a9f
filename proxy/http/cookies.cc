#include "http/cookies.h"

namespace gladhand::http {
namespace {

std::string_view cookie_in(std::string_view pairs, std::string_view name) {
  while (!pairs.empty()) {
    const std::size_t end = pairs.find(';');
    std::string_view pair = pairs.substr(0, end);
    pairs.remove_prefix(end == std::string_view::npos ? pairs.size() : end + 1);
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.size() > name.size() && pair[name.size()] == '=' && pair.starts_with(name)) return pair.substr(name.size() + 1);
  }
  return {};
}

}  // namespace

std::string_view cookie(const Headers& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.id != FieldId::cookie) continue;
    if (const std::string_view value = cookie_in(field.value, name); !value.empty()) return value;
  }
  return {};
}

}  // namespace gladhand::http
