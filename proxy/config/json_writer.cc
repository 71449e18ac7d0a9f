#include "config/json_writer.h"

#include <iterator>

#include <fmt/format.h>

namespace gladhand::config {

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

void JsonWriter::begin(char bracket, std::string_view key) {
  start_member(key);
  out_ += bracket;
  open_ += bracket;
  is_first_ = true;
}

void JsonWriter::end() {
  const char bracket = open_.back() == '{' ? '}' : ']';
  open_.pop_back();
  if (!is_first_) out_ += "\n" + std::string(2 * open_.size(), ' ');
  out_ += bracket;
  is_first_ = false;
}

void JsonWriter::raw(std::string_view key, std::string_view json) {
  start_member(key);
  out_ += json;
}

void JsonWriter::start_member(std::string_view key) {
  if (open_.empty()) return;
  fmt::format_to(std::back_inserter(out_), "{}\n{}", is_first_ ? "" : ",", std::string(2 * open_.size(), ' '));
  if (!key.empty()) fmt::format_to(std::back_inserter(out_), "{}: ", json_quoted(key));
  is_first_ = false;
}

}  // namespace gladhand::config
