#include "cli/status.h"

#include <array>
#include <cstdio>
#include <utility>

#include "cli/admin_client.h"
#include "cli/paint.h"
#include "cli/status_report.h"

namespace gladhand::cli {
namespace {

constexpr std::array<std::pair<const char*, std::string StatusAnswers::*>, 4> kParts{{
    {"status", &StatusAnswers::status},
    {"listeners", &StatusAnswers::listeners},
    {"upstreams", &StatusAnswers::upstreams},
    {"summary", &StatusAnswers::summary},
}};

void print_json(const StatusAnswers& answers) {
  const char* before = "{";
  for (const auto& [name, part] : kParts) {
    std::printf("%s\"%s\":%s", std::exchange(before, ","), name, (answers.*part).c_str());
  }
  std::puts("}");
}

}  // namespace

server::Exit run_status(const StatusOptions& options) {
  StatusAnswers answers;
  for (const auto& [name, part] : kParts) {
    const std::string path = std::string("/api/v1/") + name;
    auto reply = ask_admin(options.admin, "GET", path);
    if (!reply) {
      tell_that_nobody_answers(options.admin);
      return server::Exit::could_not_start;
    }
    if (!reply->is_ok()) {
      std::fprintf(stderr, "who answers at %s is no gladhand, or an older one: GET %s was answered %d\n", options.admin.c_str(), path.c_str(), reply->status);
      return server::Exit::could_not_start;
    }
    answers.*part = std::move(reply->body);
  }
  const auto report = status_report(answers, is_coloured(stdout));
  if (!report) {
    std::fprintf(stderr, "who answers at %s is no gladhand, or of another version: %s\n", options.admin.c_str(), report.error().c_str());
    return server::Exit::could_not_start;
  }
  if (options.is_json) {
    print_json(answers);
  } else {
    std::fputs(report->text.c_str(), stdout);
  }
  return report->is_serving ? server::Exit::ok : server::Exit::could_not_start;
}

}  // namespace gladhand::cli
