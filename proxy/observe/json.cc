#include "observe/json.h"

#include <fmt/format.h>

#include <utility>

namespace gladhand::observe {

void Json::begin(std::string_view key, char opening, char closing) {
  member(key);
  out_ += opening;
  open_ += closing;
  is_at_start_ = true;
}

void Json::close() {
  out_ += open_.back();
  open_.pop_back();
  is_at_start_ = false;
}

void Json::member(std::string_view key) {
  if (!std::exchange(is_at_start_, false)) out_ += ',';
  if (key.empty()) return;
  out_ += '"';
  out_ += key;
  out_ += "\":";
}

void Json::text(std::string_view key, std::string_view value) {
  scratch_.clear();
  scratch_.text(value);
  raw(key, scratch_.view());
}

void Json::number(std::string_view key, std::uint64_t value) { raw(key, fmt::to_string(value)); }
void Json::flag(std::string_view key, bool value) { raw(key, value ? "true" : "false"); }

void Json::time(std::string_view key, Nanos value) {
  const std::int64_t nanos = value.count() < 0 ? -value.count() : value.count();
  raw(key, fmt::format("{}{}.{:03}", value.count() < 0 ? "-" : "", nanos / 1000, nanos % 1000));
}

void Json::timestamp(std::string_view key, std::chrono::sys_time<Nanos> value) {
  scratch_.clear();
  scratch_.timestamp(value);
  raw(key, scratch_.view());
}

void Json::raw(std::string_view key, std::string_view json) {
  member(key);
  out_ += json;
}

std::string Json::finish() && {
  while (!open_.empty()) close();
  out_ += '\n';
  return std::move(out_);
}

}  // namespace gladhand::observe
