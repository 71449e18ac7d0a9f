// The header fields of one exchange that the access log is to tell.
//
// Where it asks for none, all that happens is a look at a null pointer. Otherwise values are copied at the moment when a head
// comes or goes, because a head's memory may be gone before the record is written; what is redacted is never copied.
#pragma once

#include <string_view>
#include <vector>

#include "base/arena.h"
#include "config/config.h"
#include "http/message.h"
#include "timeline/records.h"

namespace gladhand::exchange {

// What one configuration asks for.
struct LoggedNames {
  struct Name {
    std::string_view name;  // in lower case
    bool is_redacted = false;
  };

  // `log` outlives it.
  explicit LoggedNames(const config::AccessLog& log);
  bool empty() const { return request.empty() && response.empty(); }

  std::vector<Name> request, response;
};

class FieldLog {
 public:
  static constexpr std::string_view kRedacted = "[redacted]";

  // All of them outlive it. `names` is null where nothing is asked for. The record's views live until the next head of the same
  // direction or the end of what the arena holds.
  FieldLog(const LoggedNames* names, Arena& arena, timeline::ExchangeRecord& record) : names_(names), arena_(arena), record_(record) {}

  void on_request(const http::Head& head) {
    if (names_) record_.request_fields = note(names_->request, head.fields, request_);
  }
  // As the client is sent it.
  void on_response(const http::Head& head) {
    if (names_) record_.response_fields = note(names_->response, head.fields, response_);
  }

 private:
  using Fields = std::vector<timeline::LoggedField>;
  const Fields& note(const std::vector<LoggedNames::Name>& names, const http::Headers& headers, Fields& noted);
  std::string_view value(std::string_view name, const http::Headers& headers);

  const LoggedNames* const names_;
  Arena& arena_;
  timeline::ExchangeRecord& record_;
  Fields request_, response_;
};

}  // namespace gladhand::exchange
