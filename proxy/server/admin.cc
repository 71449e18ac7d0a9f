#include "server/admin.h"

#include <algorithm>
#include <optional>

#include "http/syntax.h"
#include "io/address.h"
#include "observe/json.h"
#include "server/live_page.h"
#include "server/status_api.h"

namespace gladhand::server {
namespace {

constexpr std::string_view kIndex =
    "There is:\n"
    "/                           the live page, for a browser\n"
    "/api/v1                     this list\n"
    "/metrics                    what was measured, for Prometheus\n"
    "/api/v1/handshakes          the latest connections; /ID, /ID.mmd and /ID.svg are one of them\n"
    "/api/v1/handshakes/events   as they happen\n"
    "/api/v1/config              the configuration in force, each value with the line it came from\n"
    "/api/v1/status, listeners, upstreams, routes, summary, phases\n"
    "/livez                      the process works\n"
    "/readyz                     it takes traffic\n"
    "/api/v1/reload              by POST: the configuration is read anew\n"
    "/api/v1/stop                by POST: the process ends, as by SIGTERM\n";

Answer text(std::uint16_t status, std::string body) {
  Answer answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.fields.emplace_back("Cache-Control", "no-store");
  answer.fields.emplace_back("X-Content-Type-Options", "nosniff");
  return answer;
}

// A page of another site can make a browser ask us under a name of its own (DNS rebinding), so only names that are
// ours are answered. An address is nobody's name: who asks by it has not been led here by a name that was made to.
bool is_own_name(std::string_view host, const std::vector<std::string>& own_names) {
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
  if (io::Address::numeric(std::string(is_bracketed ? host.substr(1, host.size() - 2) : host), 0)) return true;
  const auto is_same = [host](const std::string& name) { return http::equals_ignoring_case(host, name); };
  return host == "localhost" || std::ranges::any_of(own_names, is_same);
}

// Whoever knocks may know: load balancers and kubelets ask by any name, and there is no secret in the answer.
std::optional<Answer> health_answer(std::string_view path, const Health& health) {
  if (path == "/livez") return text(200, "ok\n");
  if (path != "/readyz") return std::nullopt;
  if (health.is_draining) return text(503, "draining\n");
  return health.is_ready ? text(200, "ok\n") : text(503, "starting\n");
}

std::string_view value_of(const http::Head& head, std::string_view name) {
  const auto found = std::ranges::find_if(head.fields, [name](const http::Field& field) { return http::equals_ignoring_case(field.name, name); });
  return found == head.fields.end() ? std::string_view{} : found->value;
}

// A page of another site may not have a browser do what changes something (RFC 6454 section 7).
bool is_own_origin(const http::Head& head) {
  const std::string_view origin = value_of(head, "origin");
  return origin.empty() || http::equals_ignoring_case(origin, "http://" + std::string(head.authority));
}

Answer json(std::uint16_t status, std::string body) {
  Answer answer = text(status, std::move(body));
  answer.content_type = "application/json";
  return answer;
}

Answer reload_answer(const http::Head& head, const std::function<Reload::Outcome()>& reload, const Health& health) {
  if (head.method != "POST") {
    Answer answer = text(405, "A reload is asked for by POST.\n");
    answer.fields.emplace_back("Allow", "POST");
    return answer;
  }
  if (health.is_draining) return text(503, "The program is about to end.\n");
  const Reload::Outcome outcome = reload();
  const std::uint16_t status = outcome.problems.empty() ? 200 : 422;
  if (value_of(head, "accept") == "text/plain") return text(status, to_text(outcome));
  return json(status, to_json(outcome));
}

// {"stopping":true,"within":µs}; without "within" where it may take as long as it likes.
Answer stop_answer(const http::Head& head, const std::function<std::optional<Nanos>()>& stop) {
  if (head.method != "POST") {
    Answer answer = text(405, "The end is asked for by POST.\n");
    answer.fields.emplace_back("Allow", "POST");
    return answer;
  }
  const std::optional<Nanos> within = stop();
  observe::Json said;
  said.open();
  said.flag("stopping", true);
  if (within) said.time("within", *within);
  return json(200, std::move(said).finish());
}

}  // namespace

Responder admin_responder(AdminParts parts) {
  return [parts = std::move(parts)](const Question& question) {
    const http::Head& head = question.head;
    const std::string_view path = head.target.substr(0, head.target.find('?'));
    const auto healthy = health_answer(path, parts.health);
    if (!healthy && !is_own_name(http::host_of(head.authority), parts.own_names)) return text(403, "The admin endpoint does not answer to this host name.\n");
    if (path == "/api/v1/reload" || path == "/api/v1/stop") {
      if (!is_own_origin(head)) return text(403, "The admin endpoint does nothing for pages of other sites.\n");
      return path == "/api/v1/stop" ? stop_answer(head, parts.stop) : reload_answer(head, parts.reload, parts.health);
    }
    if (head.method != "GET" && head.method != "HEAD") {
      Answer answer = text(405, "Only GET and HEAD are served here.\n");
      answer.fields.emplace_back("Allow", "GET, HEAD");
      return answer;
    }
    if (healthy) return *healthy;
    if (path == "/metrics") {
      Answer answer = text(200, parts.metrics.render());
      answer.content_type = observe::Metrics::kContentType;
      return answer;
    }
    if (path == "/api/v1/config") return json(200, parts.configuration());
    if (Handshakes::owns(path)) return parts.handshakes.answer(head.target);
    if (path == "/api/v1") return text(200, std::string(kIndex));
    if (StatusApi::owns(path)) return parts.status.answer(head.target);
    if (LivePage::owns(path)) return parts.page.answer(path);
    return text(404, std::string(kIndex));
  };
}

}  // namespace gladhand::server
