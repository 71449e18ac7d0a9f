// Everything a start needs from the world outside the process, obtained before anything runs: certificates, names resolved,
// ports bound. So a start that cannot succeed says everything that is wrong and leaves nothing half-started.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/users.h"
#include "config/diagnostic.h"
#include "config/source.h"
#include "config/config.h"
#include "filter/plugins.h"
#include "io/resolver.h"
#include "net/fast_open.h"
#include "tls/client_context.h"

namespace gladhand::server {

// Whom an upstream's https:// endpoints must be vouched for by, and what they are shown.
struct UpstreamIdentity {
  std::string authorities_pem;  // empty: the system's
  std::optional<tls::CertificatePair> certificate;

  // Null where no endpoint speaks TLS.
  std::expected<std::unique_ptr<tls::ClientContext>, std::string> make_context(const tls::Library& library, const config::Upstream& upstream) const;
};

struct Prepared {
  std::vector<std::vector<int>> sockets;                       // of each listener, one for each worker
  std::vector<io::Address> addresses;                          // of each listener, as bound
  std::vector<std::vector<tls::CertificatePair>> certificates;  // of each listener
  std::vector<std::string> client_authorities;                 // of each listener, as PEM; empty: none are asked for
  std::vector<std::shared_ptr<const auth::Users>> users;       // of each listener; null: none are asked for
  std::vector<std::optional<net::FastOpenKeys>> fast_open_keys;  // of each listener
  std::vector<std::vector<io::Addresses>> endpoints;           // of each upstream, of each of its endpoints
  std::vector<UpstreamIdentity> identities;                    // of each upstream
  std::unique_ptr<const filter::Plugins> plugins;
  int admin_socket = -1;                                       // none where no admin listener is wanted

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
};

std::expected<Prepared, std::vector<config::Diagnostic>> prepare(const config::Config& config, const config::Source& source, const StartOptions& options);

// host:port, :port or [v6]:port; the host may be a name.
Expected<io::Address> resolve_listen_address(const std::string& text);

}  // namespace gladhand::server
