#include "tls/client_context.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tls/protection.h"
#include "tls/session.h"

namespace gladhand::tls {
namespace {

// As a client, what is offered must cover the signatures inside the server's chain, too: authorities use more of them
// than servers should.
constexpr const char* kSignatures =
    "ECDSA+SHA256:RSA-PSS+SHA256:ed25519:ECDSA+SHA384:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512";

std::string_view name(config::Protocol protocol) { return protocol == config::Protocol::h2 ? "h2" : "http/1.1"; }

}  // namespace

std::expected<std::unique_ptr<ClientContext>, std::string> ClientContext::make(const Library& library, const config::UpstreamTls& settings,
                                                                               std::span<const config::Protocol> protocols,
                                                                               std::string_view authorities_pem, const CertificatePair* certificate) {
  std::unique_ptr<ClientContext> self(new ClientContext);
  self->context_.reset(SSL_CTX_new_ex(library.get(), nullptr, TLS_client_method()));
  SSL_CTX* context = self->context_.get();
  if (!context) return std::unexpected(take_openssl_error());
  protect(context, settings.min);
  SSL_CTX_set1_sigalgs_list(context, kSignatures);

  SSL_CTX_set_verify(context, settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_cert_verify_callback(context, Session::on_certificate, nullptr);
  if (authorities_pem.empty()) {
    if (settings.verify) SSL_CTX_set1_cert_store(context, library.system_trust());
  } else {
    auto store = trust(library.get(), authorities_pem);
    if (!store) return std::unexpected(store.error());
    SSL_CTX_set_cert_store(context, store->release());
  }
  if (certificate) {
    if (auto used = use_certificate(context, library.get(), *certificate); !used) return std::unexpected(used.error());
  }

  self->offer_ = alpn_list(protocols);
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(self->offer_.data()), static_cast<unsigned>(self->offer_.size()));

  // Sessions are kept by the endpoint, which alone knows whose they are.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, Session::on_resumable);
  return self;
}

SslPtr ClientContext::start(const Remote& remote) const {
  const std::string& server_name = remote.name;
  SslPtr ssl(SSL_new(context_.get()));
  if (remote.is_sequential) {
    const std::string offer = alpn_list(std::array{config::Protocol::http1_1});
    SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(offer.data()), static_cast<unsigned>(offer.size()));
  }
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, server_name.c_str()) != 1) {
    SSL_set_tlsext_host_name(ssl.get(), server_name.c_str());
    X509_VERIFY_PARAM_set1_host(expected, server_name.data(), server_name.size());
    // RFC 9525: a name is a whole label's wildcard at most, and never the subject's common name.
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  }
  ERR_clear_error();  // of an address that is none
  return ssl;
}

bool ClientContext::accepts(const Remote& remote, std::string_view protocol) const {
  const std::string_view http1 = name(config::Protocol::http1_1);
  if (protocol.empty()) protocol = http1;
  if (remote.is_sequential) return protocol == http1;
  for (std::string_view rest = offer_; !rest.empty();) {
    const auto size = static_cast<std::size_t>(rest.front());
    if (rest.substr(1, size) == protocol) return true;
    rest.remove_prefix(1 + size);
  }
  return false;
}

}  // namespace gladhand::tls
