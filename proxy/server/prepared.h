// Everything a configuration needs from the world outside the process, obtained before anything runs or changes: certificates,
// names resolved, ports bound. So a start or a reload that cannot succeed says everything that is wrong and leaves nothing
// half-done.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "config/source.h"
#include "config/config.h"
#include "io/resolver.h"
#include "server/files.h"
#include "server/passed_sockets.h"
#include "tls/client_context.h"
#include "upstream/health.h"

namespace gladhand::server {

// Whom an upstream's https:// endpoints must be vouched for by, and what they are shown.
struct UpstreamIdentity {
  std::string authorities_pem;  // empty: the system's
  std::optional<tls::CertificatePair> certificate;

  bool operator==(const UpstreamIdentity&) const = default;

  // Null where no endpoint speaks TLS.
  std::expected<std::unique_ptr<tls::ClientContext>, std::string> make_context(const tls::Library& library, const config::Upstream& upstream) const;
};

struct Prepared {
  Files files;
  std::vector<std::vector<int>> sockets;                        // of each listener, one for each worker; some may be one socket
  std::vector<io::Address> addresses;                           // of each listener, as bound; the admin's behind them
  std::vector<std::vector<tls::CertificatePair>> certificates;  // of each listener
  std::vector<tls::CertificatePair> own_certificate;            // that listeners with self_signed show
  std::vector<std::vector<io::Addresses>> endpoints;            // of each upstream, of each of its endpoints
  std::vector<UpstreamIdentity> identities;                     // of each upstream
  std::vector<std::shared_ptr<upstream::ClusterHealth>> health;  // of each upstream; what is known stays while the upstream does
  std::string configuration_json;                               // all of it, as of config/show.h
  int admin_socket = -1;                                        // none where no admin listener is wanted

  Prepared() = default;
  Prepared(Prepared&&) = default;
  Prepared& operator=(Prepared&&) = default;
};

struct StartOptions {
  std::size_t workers = 1;
  // Used by listeners with self_signed; made once, so that all workers show the same.
  std::vector<std::string> self_signed_names = {"localhost", "127.0.0.1", "::1"};
  // Instead of a self-signed one: the demo's, which its own authority has signed.
  std::vector<tls::CertificatePair> own_certificate = {};
  int ready_fd = -1;  // to whom it is told that clients are served, and then closed; -1: to nobody
};

// What the running configuration has obtained, and the next takes over where it can.
struct Running {
  const config::Config& config;
  const Prepared& prepared;
};

// After another configuration, `running`: sockets whose address stays are taken over as they are, and the admin's, whatever
// `config` says; a host that does not resolve just now keeps its addresses, and an upstream that is the same what is known of its
// health. Sockets that were `passed` must all be wanted.
std::expected<Prepared, std::vector<config::Diagnostic>> prepare(const config::Config& config, const config::Source& source, const StartOptions& options,
                                                                 const Running* running = nullptr, PassedSockets passed = {});
// The running configuration again, with files that were read anew.
std::expected<Prepared, std::vector<config::Diagnostic>> prepare_again(const Running& running, const config::Source& source, Files files);

// host:port, :port or [v6]:port; the host may be a name.
Expected<io::Address> resolve_listen_address(const std::string& text);

}  // namespace gladhand::server
