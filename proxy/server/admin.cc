#include "server/admin.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "http/syntax.h"
#include "io/address.h"
#include "server/gzip.h"
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
    "/api/v1/status, listeners, upstreams, routes, certificates, summary, phases\n"
    "/livez                      the process works\n"
    "/readyz                     it takes traffic; ?verbose says why not\n"
    "/api/v1/reload              by POST: the configuration is read anew\n"
    "/api/v1/drain, undrain      by POST: /readyz says no from then on, or yes again; nothing else changes\n"
    "/api/v1/config/validate     by POST: what is wrong with a configuration that is sent\n"
    "/api/v1/stop                by POST: the process ends, as by SIGTERM\n";

// A page of another site can make a browser ask us under a name of its own (DNS rebinding), so only names that are
// ours are answered. An address is nobody's name: who asks by it has not been led here by a name that was made to.
bool is_own_name(std::string_view host, const std::vector<std::string>& own_names) {
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
  if (io::Address::numeric(std::string(is_bracketed ? host.substr(1, host.size() - 2) : host), 0)) return true;
  const auto is_same = [host](const std::string& name) { return http::equals_ignoring_case(host, name); };
  return host == "localhost" || std::ranges::any_of(own_names, is_same);
}

struct Check {
  std::string_view name;
  bool is_ok;
  std::string_view otherwise;
};

std::array<Check, 3> readiness_checks(const Health& health) {
  return {{{"started", health.is_ready, "starting"},
           {"not_draining", !health.is_draining, "draining"},
           {"not_unready", !health.is_unready, "unready, as POST /api/v1/drain wished; POST /api/v1/undrain ends it"}}};
}

// A line for each check and one for all of them, as Kubernetes has it.
std::string verbose(std::span<const Check> checks, bool is_ok) {
  std::string lines;
  for (const Check& check : checks) lines += check.is_ok ? fmt::format("[+]{} ok\n", check.name) : fmt::format("[-]{} failed: {}\n", check.name, check.otherwise);
  return lines + (is_ok ? "readyz check passed\n" : "readyz check failed\n");
}

// Whoever knocks may know: load balancers and kubelets ask by any name, and there is no secret in the answer.
std::optional<Answer> health_answer(std::string_view target, const Health& health) {
  const std::string_view path = target.substr(0, target.find('?')), query = target.substr(std::min(path.size() + 1, target.size()));
  if (path == "/livez") return text_answer(200, "ok\n");
  if (path != "/readyz") return std::nullopt;
  const auto checks = readiness_checks(health);
  const auto failed = std::ranges::find_if(checks, [](const Check& check) { return !check.is_ok; });
  const bool is_ok = failed == checks.end();
  const std::uint16_t status = is_ok ? 200 : 503;
  if (query == "verbose" || query.starts_with("verbose=")) return text_answer(status, verbose(checks, is_ok));
  return text_answer(status, is_ok ? "ok\n" : fmt::format("{}\n", failed->otherwise));
}

Answer json(std::uint16_t status, std::string body) {
  Answer answer = text_answer(status, std::move(body));
  answer.content_type = "application/json";
  return answer;
}

// For Prometheus, which asks for gzip.
Answer metrics_answer(const http::Head& head, std::string body) {
  std::optional<std::string> small;
  if (takes_gzip(value_of(head, "accept-encoding"))) small = gzipped(body);
  Answer answer = text_answer(200, small ? *std::move(small) : std::move(body));
  answer.content_type = observe::Metrics::kContentType;
  answer.fields.emplace_back("Vary", "Accept-Encoding");
  if (small) answer.fields.emplace_back("Content-Encoding", "gzip");
  return answer;
}

}  // namespace

Answer text_answer(std::uint16_t status, std::string body) {
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

Responder admin_responder(AdminParts parts) {
  return [parts = std::move(parts)](const Question& question) {
    const http::Head& head = question.head;
    const std::string_view path = head.target.substr(0, head.target.find('?'));
    const auto healthy = health_answer(head.target, parts.health);
    if (!healthy && !is_own_name(http::host_of(head.authority), parts.own_names)) return text_answer(403, "The admin endpoint does not answer to this host name.\n");
    if (auto changed = answer_change(question, parts.changes, parts.health)) return *std::move(changed);
    if (head.method != "GET" && head.method != "HEAD") {
      Answer answer = text_answer(405, "Only GET and HEAD are served here.\n");
      answer.fields.emplace_back("Allow", "GET, HEAD");
      return answer;
    }
    if (healthy) return *healthy;
    if (path == "/metrics") return metrics_answer(head, parts.metrics.render());
    if (path == "/api/v1/config") return json(200, parts.configuration());
    if (Handshakes::owns(path)) return parts.handshakes.answer(head.target);
    if (path == "/api/v1") return text_answer(200, std::string(kIndex));
    if (StatusApi::owns(path)) return parts.status.answer(head.target);
    if (LivePage::owns(path)) return parts.page.answer(path);
    return text_answer(404, std::string(kIndex));
  };
}

}  // namespace gladhand::server
