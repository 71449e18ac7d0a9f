#include "server/admin.h"

#include "http/syntax.h"
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
    "/api/v1/status, listeners, upstreams, routes, summary, phases\n"
    "/livez                      the process works\n"
    "/readyz                     it takes traffic\n";

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

}  // namespace

Responder admin_responder(const observe::Metrics& metrics, Handshakes& handshakes, const StatusApi& status, const LivePage& page, const Health& health,
                          std::string own_host) {
  return [&metrics, &handshakes, &status, &page, &health, own_host = std::move(own_host)](const Question& question) {
    const http::Head& head = question.head;
    if (!is_own_name(http::host_of(head.authority), own_host)) return text(403, "The admin endpoint does not answer to this host name.\n");
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
    if (path == "/api/v1") return text(200, std::string(kIndex));
    if (StatusApi::owns(path)) return status.answer(head.target);
    if (LivePage::owns(path)) return page.answer(path);
    return text(404, std::string(kIndex));
  };
}

}  // namespace gladhand::server
