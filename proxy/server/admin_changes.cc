#include "server/admin_changes.h"

#include <algorithm>
#include <array>

#include "observe/json.h"
#include "server/admin.h"
#include "server/admin_token.h"

namespace gladhand::server {
namespace {

constexpr std::string_view kReload = "/api/v1/reload";
constexpr std::string_view kStop = "/api/v1/stop";
constexpr std::string_view kDrain = "/api/v1/drain";
constexpr std::string_view kUndrain = "/api/v1/undrain";
constexpr std::string_view kValidate = "/api/v1/config/validate";
constexpr std::array kPaths{kReload, kStop, kDrain, kUndrain, kValidate};

Answer json(std::uint16_t status, std::string body) {
  Answer answer = text_answer(status, std::move(body));
  answer.content_type = "application/json";
  return answer;
}

Answer with_field(Answer answer, std::string name, std::string value) {
  answer.fields.emplace_back(std::move(name), std::move(value));
  return answer;
}

// A page of another site may not have a browser do what changes something (RFC 6454 section 7).
bool is_own_origin(const http::Head& head) {
  const std::string_view origin = value_of(head, "origin");
  return origin.empty() || http::equals_ignoring_case(origin, "http://" + std::string(head.authority));
}

Answer reload_answer(const http::Head& head, const AdminChanges& changes) {
  const Reload::Outcome outcome = changes.reload();
  const std::uint16_t status = outcome.problems.empty() ? 200 : 422;
  if (value_of(head, "accept") == "text/plain") return text_answer(status, to_text(outcome));
  return json(status, to_json(outcome));
}

Answer stop_answer(const AdminChanges& changes) {
  const std::optional<Nanos> within = changes.stop();
  observe::Json said;
  said.open();
  said.flag("stopping", true);
  if (within) said.time("within", *within);
  return json(200, std::move(said).finish());
}

Answer readiness_answer(bool is_unready, const AdminChanges& changes) {
  changes.make_unready(is_unready);
  return json(200, is_unready ? "{\"state\":\"unready\"}\n" : "{\"state\":\"serving\"}\n");
}

}  // namespace

std::optional<Answer> answer_change(const Question& question, const AdminChanges& changes, const Health& health) {
  const http::Head& head = question.head;
  const std::string_view path = head.target.substr(0, head.target.find('?'));
  if (!std::ranges::count(kPaths, path)) return std::nullopt;
  if (!is_own_origin(head)) return text_answer(403, "The admin endpoint does nothing for pages of other sites.\n");
  if (head.method != "POST") return with_field(text_answer(405, "This is asked for by POST.\n"), "Allow", "POST");
  const std::string token = changes.token();
  if (!token.empty() && !shows_token(value_of(head, "authorization"), token)) {
    return with_field(text_answer(401, "The admin endpoint does this for whoever shows its token: Authorization: Bearer TOKEN\n"), "WWW-Authenticate", "Bearer realm=\"gladhand\"");
  }
  if (path == kValidate) return json(200, config::render_json(changes.validate(std::string(question.body), !token.empty())));
  if (path == kStop) return stop_answer(changes);
  if (health.is_draining) return text_answer(503, "The program is about to end.\n");
  return path == kReload ? reload_answer(head, changes) : readiness_answer(path == kDrain, changes);
}

}  // namespace gladhand::server
