// What `gladhand status` shows a person.
#pragma once

#include <expected>
#include <string>

namespace gladhand::cli {

// The answers of the admin listener, JSON as server/status_api.h describes it.
struct StatusAnswers {
  std::string status;
  std::string listeners;
  std::string upstreams;
  std::string summary;
};

struct StatusReport {
  bool is_serving = false;
  std::string text;
};

// Nothing: the answers are not such JSON, but somebody else's.
std::expected<StatusReport, std::string> status_report(const StatusAnswers& answers, bool is_coloured);

}  // namespace gladhand::cli
