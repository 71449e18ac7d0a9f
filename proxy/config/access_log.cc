#include "config/access_log.h"

#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "config/name.h"
#include "config/printable.h"

namespace gladhand::config {

namespace {

void check_names(std::vector<std::string>& names, const std::string& path, Report& report) {
  if (names.size() > kMostLogged) {
    report.add(path, {Rule::too_many, fmt::format("{} names of header fields, where {} are the most", names.size(), kMostLogged), "name fewer"});
  }
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string place = fmt::format("{}[{}]", path, i);
    if (names[i].empty()) continue;  // has been reported
    if (!is_field_name(names[i])) report.add(place, bad_field_name(names[i]));
    names[i] = lower_case(names[i]);
    if (!seen.insert(names[i]).second) {
      report.add(place, {Rule::duplicate, fmt::format("{} is named twice", back_quoted(names[i])), "remove one of the two"});
    }
  }
}

}  // namespace

void check_access_log(AccessLog& log, Report& report) {
  check_names(log.request_headers, "log.access.request_headers", report);
  check_names(log.response_headers, "log.access.response_headers", report);
  check_names(log.redact, "log.access.redact", report);
}

}  // namespace gladhand::config
