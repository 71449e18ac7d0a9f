// What a worker's sessions with the endpoints of one upstream share: whom to trust, what to offer, what to show.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "config/config.h"
#include "tls/certificate.h"
#include "tls/library.h"
#include "tls/session_cache.h"
#include "tls/shown_chain.h"

namespace gladhand::tls {

struct Remote;

class ClientContext {
 public:
  // `authorities_pem` have been checked by load_authorities(); empty: those of the system. `certificate` may be null.
  static std::expected<std::unique_ptr<ClientContext>, std::string> make(const Library& library, const config::UpstreamTls& settings,
                                                                         std::span<const config::Protocol> protocols,
                                                                         std::string_view authorities_pem, const CertificatePair* certificate);

  // A session that asks for `remote.name`, and believes nobody else: a host name, which the server is told (SNI, RFC 6066
  // section 3), or an IP address, which it is not.
  SslPtr start(const Remote& remote) const;

  // Whether a server that chose `protocol`, or none (empty), can be talked to. Without a choice it speaks HTTP/1.1.
  bool accepts(const Remote& remote, std::string_view protocol) const;

 private:
  ClientContext() = default;

  ContextPtr context_;
  std::string offer_;  // in ALPN's own form: each protocol behind a byte that holds its length (RFC 7301 section 3.1)
};

// A server as its client knows it. One for each https:// endpoint; outlives the sessions with it.
struct Remote {
  const ClientContext& context;
  std::string name;  // who it must prove to be
  bool is_sequential = false;  // it is offered nothing in which streams share a connection
  SessionCache sessions = {};
  Judge* judge = nullptr;  // null: what the library finds is final
};

}  // namespace gladhand::tls
