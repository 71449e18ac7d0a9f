#include "server/admin.h"

#include <algorithm>

#include "http/syntax.h"

namespace gladhand::server {
namespace {

constexpr std::string_view kIndex =
    "Gladhand\n\n"
    "/metrics                    what was measured, for Prometheus\n"
    "/api/v1/handshakes          the latest connections; /ID, /ID.mmd and /ID.svg are one of them\n"
    "/api/v1/handshakes/events   as they happen\n"
    "/livez                      the process works\n"
    "/readyz                     it takes traffic\n"
    "/api/v1/reload              by POST: the configuration is read anew\n";

// A page of another site can make a browser ask us under a name of its own (DNS rebinding), so only names that are
// ours are answered.
bool is_own_name(std::string_view host, std::string_view own_host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]" || (!own_host.empty() && http::equals_ignoring_case(host, own_host));
}

Answer text(std::uint16_t status, std::string body) {
  Answer answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.fields.emplace_back("Cache-Control", "no-store");
  answer.fields.emplace_back("X-Content-Type-Options", "nosniff");
  return answer;
}

std::string_view value_of(const http::Head& head, std::string_view name) {
  const auto found = std::ranges::find_if(head.fields, [name](const http::Field& field) { return http::equals_ignoring_case(field.name, name); });
  return found == head.fields.end() ? std::string_view{} : found->value;
}

// A page of another site may not have a browser do what changes something (RFC 6454 section 7).
bool is_own_origin(const http::Head& head, std::string_view own_host) {
  const std::string_view origin = value_of(head, "origin");
  return origin.empty() || is_own_name(http::host_of(origin.substr(std::min(origin.size(), origin.find("://") + 3))), own_host);
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
  Answer answer = text(status, to_json(outcome));
  answer.content_type = "application/json";
  return answer;
}

}  // namespace

Responder admin_responder(const observe::Metrics& metrics, Handshakes& handshakes, const Health& health, std::string own_host,
                          std::function<Reload::Outcome()> reload) {
  return [&metrics, &handshakes, &health, own_host = std::move(own_host), reload = std::move(reload)](const Question& question) {
    const http::Head& head = question.head;
    if (!is_own_name(http::host_of(head.authority), own_host)) return text(403, "The admin endpoint does not answer to this host name.\n");
    if (head.target == "/api/v1/reload") {
      if (!is_own_origin(head, own_host)) return text(403, "The admin endpoint does nothing for pages of other sites.\n");
      return reload_answer(head, reload, health);
    }
    if (head.method != "GET" && head.method != "HEAD") {
      Answer answer = text(405, "Only GET and HEAD are served here.\n");
      answer.fields.emplace_back("Allow", "GET, HEAD");
      return answer;
    }
    const std::string_view path = head.target.substr(0, head.target.find('?'));
    if (path == "/metrics") {
      Answer answer = text(200, metrics.render());
      answer.content_type = observe::Metrics::kContentType;
      return answer;
    }
    if (Handshakes::owns(path)) return handshakes.answer(head.target);
    if (path == "/livez") return text(200, "ok\n");
    if (path == "/readyz") {
      if (health.is_draining) return text(503, "draining\n");
      return health.is_ready ? text(200, "ok\n") : text(503, "starting\n");
    }
    if (path == "/") return text(200, std::string(kIndex));
    return text(404, "There is /metrics, /api/v1/handshakes, /livez and /readyz.\n");
  };
}

}  // namespace gladhand::server
