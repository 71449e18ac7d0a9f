// Ports, and what the kernel makes of connections in our network namespace.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/kernel_counters.h"
#include "cli/admin_client.h"
#include "cli/doctor_checks.h"
#include "server/listening_sockets.h"
#include "server/prepared.h"

namespace gladhand::cli {
namespace {

// As a start would, and without SO_REUSEPORT: another process of ours must not let us in.
int bind_error(const io::Address& address) {
  const int fd = socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const int error = bind(fd, address.raw(), address.size()) == 0 && listen(fd, 1) == 0 ? 0 : errno;
  close(fd);
  return error;
}

// Where the proxy that answers at `admin` listens, as it was bound; none where nobody answers.
std::vector<std::string> held_by_gladhand(const std::string& admin) {
  const auto reply = admin.empty() ? std::nullopt : ask_admin(admin, "GET", "/api/v1/listeners");
  if (!reply || !reply->is_ok()) return {};
  const auto said = nlohmann::json::parse(reply->body, nullptr, false);
  if (!said.is_object() || !said.contains("listeners")) return {};
  std::vector<std::string> addresses;
  for (const auto& listener : said["listeners"]) {
    const auto bound = listener.find("address");
    if (bound != listener.end() && bound->is_string()) addresses.push_back(bound->get<std::string>());
  }
  if (const auto address = server::resolve_listen_address(admin)) addresses.push_back(address->to_string());
  return addresses;
}

Finding taken(const std::string& name, const io::Address& address, int error) {
  const std::string what = fmt::format("{} cannot listen on {}: {}", name, address.to_string(), std::strerror(error));
  switch (error) {
    case EADDRINUSE: return {Verdict::problem, what, fmt::format("sudo ss -ltnp 'sport = :{}'", address.port())};
    case EACCES: return {Verdict::problem, what, fmt::format("sudo sysctl -w net.ipv4.ip_unprivileged_port_start={}", address.port())};
    case EADDRNOTAVAIL: return {Verdict::problem, what, "ip address"};
    default: return {Verdict::problem, what};
  }
}

void look_at_port(const std::string& name, const std::string& text, const std::vector<std::string>& ours, Findings& findings) {
  const auto address = server::resolve_listen_address(text);
  if (!address) return findings.push_back({Verdict::problem, fmt::format("{} cannot listen on {}: that is no address of this machine", name, text), "ip address"});
  if (address->port() == 0) return findings.push_back({Verdict::ok, fmt::format("{} takes any port", name)});
  const int error = bind_error(*address);
  if (error == 0) return findings.push_back({Verdict::ok, fmt::format("{} can listen on {}", name, address->to_string())});
  if (error == EADDRINUSE && std::ranges::find(ours, address->to_string()) != ours.end()) {
    return findings.push_back({Verdict::ok, fmt::format("a gladhand that runs listens on {}, of {}", address->to_string(), name)});
  }
  findings.push_back(taken(name, *address, error));
}

}  // namespace

std::optional<std::int64_t> kernel_setting(std::string_view path) {
  std::ifstream file(fmt::format("/proc/sys/{}", path));
  std::int64_t value = 0;
  if (file >> value) return value;
  return std::nullopt;
}

void look_at_ports(const Examined& examined, Findings& findings) {
  if (!examined.config()) return;
  const std::vector<std::string> ours = held_by_gladhand(examined.config()->server.admin);
  for (const config::Listener& listener : examined.config()->listeners) look_at_port("listener " + listener.name, listener.address, ours, findings);
  if (!examined.config()->server.admin.empty()) look_at_port("the admin listener", examined.config()->server.admin, ours, findings);
}

void look_at_accept_queue(const Examined& examined, Findings& findings) {
  const auto most = kernel_setting("net/core/somaxconn");
  if (!most) return;
  if (!examined.config()) return findings.push_back({Verdict::ok, fmt::format("the kernel lets {} clients wait in each socket", *most)});
  const config::Listener& longest = *std::ranges::max_element(examined.config()->listeners, {}, &config::Listener::backlog);
  if (*most >= longest.backlog) return findings.push_back({Verdict::ok, fmt::format("the kernel lets {} clients wait in each socket, as the listeners wish", longest.backlog)});
  findings.push_back({Verdict::warning, fmt::format("listener {} wishes for {} clients that may wait in each socket, and the kernel lets {}", longest.name, longest.backlog, *most),
                      fmt::format("sudo sysctl -w net.core.somaxconn={}", longest.backlog)});
}

// With SYN cookies, which every kernel has unless somebody took them away, the queue's length is the listener's own.
void look_at_syn_queue(const Examined& examined, Findings& findings) {
  const auto cookies = kernel_setting("net/ipv4/tcp_syncookies"), most = kernel_setting("net/ipv4/tcp_max_syn_backlog");
  if (!cookies || !most) return;
  if (*cookies > 0) return findings.push_back({Verdict::ok, "a flood of SYNs is answered with SYN cookies"});
  const std::int64_t wanted = examined.config() ? std::ranges::max(examined.config()->listeners, {}, &config::Listener::backlog).backlog : 0;
  const std::string what = fmt::format("there are no SYN cookies, and of {} half-open connections the kernel drops the next", *most);
  findings.push_back({*most >= wanted ? Verdict::ok : Verdict::warning, what, *most >= wanted ? "" : "sudo sysctl -w net.ipv4.tcp_syncookies=1"});
}

void look_at_fast_open(const Examined& examined, Findings& findings) {
  const auto bits = fast_open_bits();
  if (examined.config()) {
    const auto problems = server::fast_open_problems(*examined.config(), bits);
    for (const std::string& problem : problems) findings.push_back({Verdict::warning, problem, fmt::format("sudo {}", server::kFastOpenCure)});
    if (!problems.empty()) return;
  }
  const unsigned allowed = bits.value_or(0);
  const char* whom = allowed & kFastOpenClient ? allowed & kFastOpenServer ? "clients and servers" : "clients alone" : allowed & kFastOpenServer ? "servers alone" : "nobody";
  findings.push_back({Verdict::ok, fmt::format("the kernel lets {} use it", whom)});
}

// A connection to one address of one port needs a port of its own.
void look_at_outgoing_ports(const Examined& examined, Findings& findings) {
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
  std::int64_t first = 0, last = 0;
  if (!(range >> first >> last)) return;
  const std::int64_t ports = last - first + 1;
  if (examined.config()) {
    for (const config::Upstream& upstream : examined.config()->upstreams) {
      const std::int64_t wanted = std::int64_t{upstream.max_connections} * static_cast<std::int64_t>(examined.workers);
      if (upstream.endpoints.empty() || wanted <= ports) continue;
      findings.push_back({Verdict::warning, fmt::format("{} may have {} connections to each endpoint, and the kernel has {} ports to connect from", upstream.name, wanted, ports),
                          "sudo sysctl -w net.ipv4.ip_local_port_range='10240 65535'"});
    }
  }
  if (findings.empty()) findings.push_back({Verdict::ok, fmt::format("{} connections to one endpoint are possible", ports)});
}

}  // namespace gladhand::cli
