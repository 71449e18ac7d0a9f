#include "server/prepared.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "io/acceptor.h"
#include "server/files.h"
#include "server/listening_sockets.h"
#include "tls/context.h"

namespace gladhand::server {
namespace {

using config::Diagnostic;
using config::Rule;

constexpr int kSelfSignedDays = 90;

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

// `count` sockets on one address; where its port is 0, on the port that the kernel gave the first.
std::expected<std::vector<int>, int> open_sockets(io::Address& address, int backlog, std::size_t count) {
  if (address.port() != 0) {
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
    sockaddr_storage bound;
    socklen_t size = sizeof bound;
    getsockname(*fd, reinterpret_cast<sockaddr*>(&bound), &size);
    address = io::Address(reinterpret_cast<sockaddr*>(&bound), size);
  }
  return sockets;
}

class Preparation {
 public:
  Preparation(const config::Config& config, const config::Source& source, const StartOptions& options)
      : config_(config), source_(source), options_(options) {}

  std::expected<Prepared, std::vector<Diagnostic>> run() {
    try_tls();
    resolve_endpoints();
    // Ports last: nothing else should be missing when clients can connect.
    if (problems_.empty()) bind_ports();
    if (problems_.empty()) return std::move(result_);
    for (const auto& sockets : result_.sockets) {
      for (int fd : sockets) close(fd);
    }
    return std::unexpected(std::move(problems_));
  }

 private:
  void report(Rule rule, const config::Place& place, const std::string& message) { problems_.push_back(source_.diagnose(rule, place, message)); }

  // What each worker will do, tried here where there is somebody to tell.
  void try_tls() {
    Files files = read_files(config_, source_, problems_);
    const tls::TicketKeys keys;
    const tls::Library library(keys);
    result_.users = std::move(files.users);
    result_.fast_open_keys = std::move(files.fast_open_keys);
    result_.plugins = std::move(files.plugins);
    try_listeners(library, files);
    try_upstreams(library, files);
    result_.client_authorities = std::move(files.client_authorities);
  }

  void try_listeners(const tls::Library& library, const Files& files) {
    for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
      const config::Listener& listener = config_.listeners[i];
      std::vector<tls::CertificatePair> pairs;
      if (listener.has_tls && listener.tls.self_signed) {
        pairs = options_.own_certificate;
        if (pairs.empty()) pairs.push_back(tls::make_self_signed(options_.self_signed_names, kSelfSignedDays));
      }
      for (std::uint16_t index : listener.tls.certificate_index) {
        if (files.certificates[index]) pairs.push_back(*files.certificates[index]);
      }
      if (!pairs.empty()) {
        if (auto context = tls::ServerContext::make(library, listener, pairs, files.client_authorities[i]); !context) {
          report(Rule::bad_certificate, listener.tls.place, fmt::format("the TLS settings of `{}` cannot be used: {}", listener.name, context.error()));
        }
      }
      result_.certificates.push_back(std::move(pairs));
    }
  }

  void try_upstreams(const tls::Library& library, Files& files) {
    for (std::size_t i = 0; i < config_.upstreams.size(); ++i) {
      const config::Upstream& upstream = config_.upstreams[i];
      UpstreamIdentity identity{std::move(files.authorities[i]), {}};
      if (upstream.tls.certificate_index) identity.certificate = files.certificates[*upstream.tls.certificate_index];
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
        auto addresses = io::resolve_now(endpoint.host, endpoint.port);
        if (!addresses) report(Rule::bad_url, endpoint.place, fmt::format("the host of `{}` does not resolve", endpoint.url));
        endpoints.push_back(addresses.value_or(io::Addresses{}));
      }
      result_.endpoints.push_back(std::move(endpoints));
    }
  }

  void bind_ports() {
    for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
      const config::Listener& listener = config_.listeners[i];
      result_.sockets.push_back(bind_one(listener.address, listener.place, static_cast<int>(listener.backlog), options_.workers));
      for (const int fd : result_.sockets.back()) prepare_socket(fd, listener, result_.fast_open_keys[i]);
    }
    if (config_.server.admin.empty()) return;
    auto sockets = bind_one(config_.server.admin, config_.server.admin_place, 128, 1);
    if (!sockets.empty()) result_.admin_socket = sockets.front();
    result_.sockets.push_back(std::move(sockets));
  }

  std::vector<int> bind_one(const std::string& text, const config::Place& place, int backlog, std::size_t count) {
    auto address = resolve_listen_address(text);
    if (!address) {
      report(Rule::bad_address, place, fmt::format("`{}` is no address of this machine", text));
      return {};
    }
    auto sockets = open_sockets(*address, backlog, count);
    if (!sockets) {
      report(Rule::address_in_use, place, fmt::format("cannot listen on `{}`: {}", text, std::strerror(sockets.error())));
      return {};
    }
    result_.addresses.push_back(*address);
    return *sockets;
  }

  const config::Config& config_;
  const config::Source& source_;
  const StartOptions& options_;
  Prepared result_;
  std::vector<Diagnostic> problems_;
};

}  // namespace

std::expected<Prepared, std::vector<Diagnostic>> prepare(const config::Config& config, const config::Source& source, const StartOptions& options) {
  return Preparation(config, source, options).run();
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
