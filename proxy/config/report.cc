#include "config/report.h"

#include <algorithm>

namespace gladhand::config {

void Report::add(const Place& place, const Fault& fault) {
  const Position at = position(place);
  if (is_full() || settled_.contains(at)) return;
  found_.push_back({at, source_.diagnose(fault.rule, place, fault.message, fault.hint)});
}

void Report::excuse(const Place& place) {
  if (place.line > 0) settled_.insert(position(place));
}

bool Report::was_misread(std::string_view path) const {
  const Position value = position(source_.at(path));
  const bool is_given = value != position(source_.at(path.substr(0, path.rfind('.'))));
  return is_given && settled_.contains(value);
}

void Report::settle() {
  for (const Finding& finding : found_) {
    if (finding.diagnostic.place.line > 0) settled_.insert(finding.at);
  }
}

std::vector<Diagnostic> Report::take() {
  std::ranges::stable_sort(found_, {}, &Finding::at);
  std::vector<Diagnostic> diagnostics;
  for (Finding& finding : found_) diagnostics.push_back(std::move(finding.diagnostic));
  found_.clear();
  return diagnostics;
}

}  // namespace gladhand::config
