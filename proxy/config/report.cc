#include "config/report.h"

#include <algorithm>

namespace gladhand::config {

void Report::add(const Place& place, const Fault& fault) {
  if (is_full() || settled_.contains({place.line, place.column})) return;
  found_.push_back(source_.diagnose(fault.rule, place, fault.message, fault.hint));
}

void Report::excuse(const Place& place) {
  if (place.line > 0) settled_.insert({place.line, place.column});
}

bool Report::was_misread(std::string_view path) const {
  const Place value = source_.at(path);
  const Place table = source_.at(path.substr(0, path.rfind('.')));
  const bool is_given = value.line != table.line || value.column != table.column;
  return is_given && settled_.contains({value.line, value.column});
}

void Report::settle() {
  for (const Diagnostic& d : found_) excuse(d.place);
}

std::vector<Diagnostic> Report::take() {
  std::ranges::stable_sort(found_, {}, [](const Diagnostic& d) { return std::pair(d.place.line, d.place.column); });
  return std::move(found_);
}

}  // namespace gladhand::config
