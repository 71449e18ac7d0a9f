// Field lines of a head or of trailers, in the order in which they came (RFC 9110 section 5).
//
// Names and values are views into memory that the message owns (Head::memory, or the exchange's arena). A name keeps the
// case it came with; it is compared without. Names that the proxy has rules for are recognised once, when they are read.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace gladhand::http {

enum class FieldId : std::uint8_t {
  other,
  host,
  connection,
  content_length,
  transfer_encoding,
  te,
  trailer,
  upgrade,
  keep_alive,
  proxy_connection,
  proxy_authenticate,
  proxy_authorization,
  proxy,
  http2_settings,
  expect,
  via,
  forwarded,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_port,
  x_forwarded_proto,
  x_real_ip,
  authorization,
  cookie,
  set_cookie,
  content_range,
  content_encoding,
  content_type,
  user_agent,
  referer,
  date,
  server,
  early_data,
  count_,
};

// The id of a field name, whatever its case; FieldId::other when the proxy has no rule for it.
FieldId field_id(std::string_view name);
// The name of an id, in lower case.
std::string_view field_name(FieldId id);

struct Field {
  std::string_view name;
  std::string_view value;
  FieldId id = FieldId::other;
  bool is_sensitive = false;  // its sender wants it in no compression table (RFC 7541 section 7.1.3)
};

class Headers {
 public:
  void add(FieldId id, std::string_view name, std::string_view value, bool is_sensitive = false) {
    if (fields_.capacity() == 0) fields_.reserve(kUsual);
    fields_.push_back({name, value, id, is_sensitive});
  }
  // With the name in its usual spelling.
  void add(FieldId id, std::string_view value) { fields_.push_back({field_name(id), value, id}); }

  // Null when there is none; the first when there are several.
  const Field* find(FieldId id) const;
  std::string_view value(FieldId id) const;
  template <class Predicate>
  void remove_if(Predicate predicate) {
    std::erase_if(fields_, predicate);
  }

  bool empty() const { return fields_.empty(); }
  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  void clear() { fields_.clear(); }

 private:
  static constexpr std::size_t kUsual = 24;  // fields of a browser's request and then some

  std::vector<Field> fields_;
};

// Calls `use(token)` for each member of a comma-separated list (RFC 9110 section 5.6.1), white space trimmed, empty ones skipped.
template <class Use>
void for_each_token(std::string_view list, Use use) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view token = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    while (!token.empty() && (token.front() == ' ' || token.front() == '\t')) token.remove_prefix(1);
    while (!token.empty() && (token.back() == ' ' || token.back() == '\t')) token.remove_suffix(1);
    if (!token.empty()) use(token);
  }
}

bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace gladhand::http
