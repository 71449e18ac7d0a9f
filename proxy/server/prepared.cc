#include "server/prepared.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "config/show.h"
#include "io/acceptor.h"
#include "server/listening_sockets.h"
#include "tls/context.h"

namespace gladhand::server {
namespace {

using config::Diagnostic;
using config::Rule;

constexpr int kSelfSignedDays = 90;
constexpr int kAdminBacklog = 128;
constexpr std::string_view kAdminName = "admin";  // of a socket that is passed, where no listener is called so

// Binds without SO_REUSEPORT first: with it, two processes could share a port without either noticing.
int probe(const io::Address& address) {
  const int fd = socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  int error = bind(fd, address.raw(), address.size()) == 0 && listen(fd, 1) == 0 ? 0 : errno;
  close(fd);
  return error;
}

io::Address bound_address(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
  return io::Address(reinterpret_cast<sockaddr*>(&bound), size);
}

// `count` sockets on one address; where its port is 0, on the port that the kernel gave the first.
std::expected<std::vector<int>, int> open_sockets(io::Address& address, int backlog, std::size_t count, bool is_port_left) {
  if (address.port() != 0 && !is_port_left) {
    if (const int error = probe(address)) return std::unexpected(error);
  }
  std::vector<int> sockets;
  for (std::size_t i = 0; i < count; ++i) {
    const auto fd = io::open_listening_socket(address, backlog);
    if (!fd) {
      for (int open : sockets) close(open);
      return std::unexpected(fd.error());
    }
    sockets.push_back(*fd);
    address = bound_address(*fd);
  }
  return sockets;
}

class Preparation {
 public:
  Preparation(const config::Config& config, const config::Source& source, const StartOptions& options, const Running* running, PassedSockets passed)
      : config_(config), source_(source), options_(options), running_(running), passed_(std::move(passed)) {}

  std::expected<Prepared, std::vector<Diagnostic>> run() {
    result_.files = read_files(config_, source_, problems_);
    try_tls();
    resolve_endpoints();
    keep_health();
    // Ports last: nothing else should be missing when clients can connect.
    if (problems_.empty()) bind_ports();
    result_.configuration_json = config::show_json(config_, source_, config::Shown::everything);
    if (problems_.empty()) return std::move(result_);
    for (int fd : opened_) close(fd);
    return std::unexpected(std::move(problems_));
  }

  std::expected<Prepared, std::vector<Diagnostic>> run_again(Files files) {
    result_.files = std::move(files);
    try_tls();
    if (!problems_.empty()) return std::unexpected(std::move(problems_));
    result_.sockets = running_->prepared.sockets;
    result_.addresses = running_->prepared.addresses;
    result_.endpoints = running_->prepared.endpoints;
    result_.health = running_->prepared.health;
    result_.configuration_json = running_->prepared.configuration_json;
    result_.admin_socket = running_->prepared.admin_socket;
    return std::move(result_);
  }

 private:
  void report(Rule rule, const config::Place& place, const std::string& message) { problems_.push_back(source_.diagnose(rule, place, message)); }

  // What each worker will do, tried here where there is somebody to tell.
  void try_tls() {
    const tls::TicketKeys keys;
    const tls::Library library(keys);
    choose_own_certificate();
    try_listeners(library);
    try_upstreams(library);
  }

  void choose_own_certificate() {
    const auto is_self_signed = [](const config::Listener& listener) { return listener.has_tls && listener.tls.self_signed; };
    result_.own_certificate = options_.own_certificate;
    if (result_.own_certificate.empty() && running_) result_.own_certificate = running_->prepared.own_certificate;
    if (!result_.own_certificate.empty() || std::ranges::none_of(config_.listeners, is_self_signed)) return;
    result_.own_certificate.push_back(tls::make_self_signed(options_.self_signed_names, kSelfSignedDays));
  }

  void try_listeners(const tls::Library& library) {
    for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
      const config::Listener& listener = config_.listeners[i];
      std::vector<tls::CertificatePair> pairs;
      if (listener.has_tls && listener.tls.self_signed) pairs = result_.own_certificate;
      for (std::uint16_t index : listener.tls.certificate_index) {
        if (result_.files.certificates[index]) pairs.push_back(*result_.files.certificates[index]);
      }
      if (!pairs.empty()) {
        if (auto context = tls::ServerContext::make(library, listener, pairs, result_.files.client_authorities[i]); !context) {
          report(Rule::bad_certificate, listener.tls.place, fmt::format("the TLS settings of `{}` cannot be used: {}", listener.name, context.error()));
        }
      }
      result_.certificates.push_back(std::move(pairs));
    }
  }

  void try_upstreams(const tls::Library& library) {
    for (std::size_t i = 0; i < config_.upstreams.size(); ++i) {
      const config::Upstream& upstream = config_.upstreams[i];
      UpstreamIdentity identity{result_.files.authorities[i], {}};
      if (upstream.tls.certificate_index) identity.certificate = result_.files.certificates[*upstream.tls.certificate_index];
      if (auto context = identity.make_context(library, upstream); !context) {
        report(Rule::bad_certificate, upstream.tls.place, fmt::format("the TLS settings of `{}` cannot be used: {}", upstream.name, context.error()));
      }
      result_.identities.push_back(std::move(identity));
    }
  }

  void resolve_endpoints() {
    for (const config::Upstream& upstream : config_.upstreams) {
      std::vector<io::Addresses> endpoints;
      for (const config::Endpoint& endpoint : upstream.endpoints) {
        io::Addresses addresses = io::resolve_now(endpoint.host, endpoint.port).value_or(io::Addresses{});
        if (addresses.empty()) addresses = known_addresses(endpoint);
        if (addresses.empty()) report(Rule::bad_url, endpoint.place, fmt::format("the host of `{}` does not resolve", endpoint.url));
        endpoints.push_back(std::move(addresses));
      }
      result_.endpoints.push_back(std::move(endpoints));
    }
  }

  void keep_health() {
    for (const config::Upstream& upstream : config_.upstreams) {
      auto health = known_health(upstream);
      result_.health.push_back(health ? std::move(health) : std::make_shared<upstream::ClusterHealth>(upstream.endpoints.size()));
    }
  }

  // Of the same upstream in the running configuration; null: it is a new one.
  std::shared_ptr<upstream::ClusterHealth> known_health(const config::Upstream& wanted) const {
    if (!running_) return nullptr;
    const auto& all = running_->config.upstreams;
    const auto same = std::ranges::find(all, wanted);
    return same == all.end() ? nullptr : running_->prepared.health[static_cast<std::size_t>(same - all.begin())];
  }

  // Of the same host and port in the running configuration.
  io::Addresses known_addresses(const config::Endpoint& wanted) const {
    for (std::size_t i = 0; running_ && i < running_->config.upstreams.size(); ++i) {
      const auto& endpoints = running_->config.upstreams[i].endpoints;
      const auto found = std::ranges::find_if(endpoints, [&](const config::Endpoint& e) { return e.host == wanted.host && e.port == wanted.port; });
      if (found != endpoints.end()) return running_->prepared.endpoints[i][static_cast<std::size_t>(found - endpoints.begin())];
    }
    return {};
  }

  void bind_ports() {
    find_sockets_that_stay();
    deal_passed_sockets();
    for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
      const config::Listener& listener = config_.listeners[i];
      if (stays_[i]) {
        result_.sockets.push_back(running_->prepared.sockets[*stays_[i]]);
        result_.addresses.push_back(running_->prepared.addresses[*stays_[i]]);
        continue;
      }
      const auto backlog = static_cast<int>(listener.backlog);
      result_.sockets.push_back(dealt_[i].empty() ? bind_one(listener.address, listener.place, backlog, options_.workers)
                                                  : adopt(dealt_[i], listener.place, backlog, options_.workers));
      for (const int fd : result_.sockets.back()) prepare_socket(fd, listener, result_.files.fast_open_keys[i]);
    }
    bind_admin();
  }

  void bind_admin() {
    if (running_) {
      result_.admin_socket = running_->prepared.admin_socket;
      if (result_.admin_socket >= 0) result_.addresses.push_back(running_->prepared.addresses.back());
      return;
    }
    if (config_.server.admin.empty()) return;
    const auto& passed = dealt_.back();
    const auto sockets = passed.empty() ? bind_one(config_.server.admin, config_.server.admin_place, kAdminBacklog, 1)
                                        : adopt(passed, config_.server.admin_place, kAdminBacklog, 1);
    if (!sockets.empty()) result_.admin_socket = sockets.front();
  }

  // To listeners, and the admin's behind them.
  void deal_passed_sockets() {
    dealt_.resize(config_.listeners.size() + 1);
    if (running_) return;
    std::vector<PassedSockets::Wanted> wanted;
    const auto want = [&](std::string_view name, const std::string& address) { wanted.push_back({name, address, resolve_listen_address(address).value_or(io::Address())}); };
    for (const config::Listener& listener : config_.listeners) want(listener.name, listener.address);
    const bool is_free = std::ranges::none_of(config_.listeners, [](const config::Listener& listener) { return listener.name == kAdminName; });
    if (!config_.server.admin.empty()) want(is_free ? kAdminName : "", config_.server.admin);
    dealt_ = passed_.deal(wanted);
    passed_.close_unwanted();
    for (const auto& sockets : dealt_) opened_.insert(opened_.end(), sockets.begin(), sockets.end());
    for (const std::string& problem : passed_.problems()) {
      problems_.push_back(source_.diagnose(Rule::bad_socket, {.file = source_.file()}, problem, "FileDescriptorName= of the .socket unit is the name, ListenStream= the address"));
    }
  }

  std::vector<int> adopt(const std::vector<int>& passed, const config::Place& place, int backlog, std::size_t count) {
    if (passed.size() > count) {
      report(Rule::bad_socket, place, fmt::format("{} sockets were passed, of which {} can be used: pass one, or one for each worker", passed.size(), count));
      return {};
    }
    for (const int fd : passed) {
      if (const auto adopted = io::adopt_listening_socket(fd, backlog); !adopted) {
        report(Rule::bad_socket, place, fmt::format("the socket that was passed cannot be listened on: {}", std::strerror(adopted.error())));
      }
    }
    const auto sockets = share_out(passed, count);
    if (!sockets) {
      report(Rule::bad_socket, place, fmt::format("the socket that was passed cannot be shared: {}", std::strerror(sockets.error())));
      return {};
    }
    opened_.insert(opened_.end(), sockets->begin() + static_cast<std::ptrdiff_t>(passed.size()), sockets->end());
    result_.addresses.push_back(bound_address(passed.front()));
    return *sockets;
  }

  // Of each listener, the one of the running configuration whose sockets it takes over: where several have the same address, as
  // with port 0, the one of its name.
  void find_sockets_that_stay() {
    stays_.resize(config_.listeners.size());
    if (!running_) return;
    is_taken_.resize(running_->config.listeners.size());
    const auto take = [&](auto is_match) {
      for (std::size_t i = 0; i < stays_.size(); ++i) {
        for (std::size_t old = 0; !stays_[i] && old < is_taken_.size(); ++old) {
          if (is_taken_[old] || !is_match(config_.listeners[i], old)) continue;
          stays_[i] = old;
          is_taken_[old] = true;
        }
      }
    };
    const auto is_same_text = [&](const config::Listener& listener, std::size_t old) { return listener.address == running_->config.listeners[old].address; };
    take([&](const config::Listener& listener, std::size_t old) { return is_same_text(listener, old) && listener.name == running_->config.listeners[old].name; });
    take(is_same_text);
    take([&](const config::Listener& listener, std::size_t old) {
      const auto address = resolve_listen_address(listener.address);
      return address && *address == running_->prepared.addresses[old];
    });
  }

  // Whether the port is that of a listener which goes, under a wider or a narrower address: the kernel lets both be for a
  // moment, and there is nothing to be learned from a probe.
  bool is_port_left(const io::Address& address) const {
    for (std::size_t old = 0; old < is_taken_.size(); ++old) {
      if (!is_taken_[old] && running_->prepared.addresses[old].port() == address.port()) return true;
    }
    return false;
  }

  std::vector<int> bind_one(const std::string& text, const config::Place& place, int backlog, std::size_t count) {
    auto address = resolve_listen_address(text);
    if (!address) {
      report(Rule::bad_address, place, fmt::format("`{}` is no address of this machine", text));
      return {};
    }
    auto sockets = open_sockets(*address, backlog, count, is_port_left(*address));
    if (!sockets) {
      report(Rule::address_in_use, place, fmt::format("cannot listen on `{}`: {}", text, std::strerror(sockets.error())));
      return {};
    }
    opened_.insert(opened_.end(), sockets->begin(), sockets->end());
    result_.addresses.push_back(*address);
    return *sockets;
  }

  const config::Config& config_;
  const config::Source& source_;
  const StartOptions& options_;
  const Running* running_;
  PassedSockets passed_;
  std::vector<std::vector<int>> dealt_;  // of each listener, those that were passed for it; the admin's behind them
  std::vector<std::optional<std::size_t>> stays_;  // of each listener, its place in the running configuration
  std::vector<bool> is_taken_;  // of each listener of the running configuration
  std::vector<int> opened_;
  Prepared result_;
  std::vector<Diagnostic> problems_;
};

}  // namespace

std::expected<Prepared, std::vector<Diagnostic>> prepare(const config::Config& config, const config::Source& source, const StartOptions& options,
                                                         const Running* running, PassedSockets passed) {
  return Preparation(config, source, options, running, std::move(passed)).run();
}

std::expected<Prepared, std::vector<Diagnostic>> prepare_again(const Running& running, const config::Source& source, Files files) {
  return Preparation(running.config, source, {}, &running, {}).run_again(std::move(files));
}

std::expected<std::unique_ptr<tls::ClientContext>, std::string> UpstreamIdentity::make_context(const tls::Library& library,
                                                                                            const config::Upstream& upstream) const {
  const auto is_https = [](const config::Endpoint& endpoint) { return endpoint.scheme == config::Scheme::https; };
  if (std::ranges::none_of(upstream.endpoints, is_https)) return nullptr;
  return tls::ClientContext::make(library, upstream.tls, upstream.protocols, authorities_pem, certificate ? &*certificate : nullptr);
}

Expected<io::Address> resolve_listen_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  if (colon == std::string::npos || std::from_chars(text.data() + colon + 1, end, port).ptr != end) return failure(Code::dns_failure, "no port");
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  if (host.empty() || host == "*") {
    // Every address, IPv4 included; IPv4 alone where the machine has no IPv6.
    const int fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd >= 0) close(fd);
    return io::Address::numeric(fd >= 0 ? "::" : "0.0.0.0", port);
  }
  if (auto numeric = io::Address::numeric(host, port)) return numeric;
  auto resolved = io::resolve_now(host, port);
  if (!resolved) return std::unexpected(resolved.error());
  return resolved->front();
}

}  // namespace gladhand::server
