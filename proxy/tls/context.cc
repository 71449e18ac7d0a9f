#include "tls/context.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <ctime>

#include "tls/protection.h"
#include "tls/session.h"

namespace gladhand::tls {
namespace {

using timeline::SniClass;

constexpr const char* kSignatures = "ECDSA+SHA256:RSA-PSS+SHA256:ed25519:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA256";

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::vector<std::string> names_of(X509* leaf) {
  std::vector<std::string> names;
  auto* list = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(list); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(list, i);
    if (name->type != GEN_DNS) continue;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    names.push_back(lower({text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
  }
  GENERAL_NAMES_free(list);
  return names;
}

bool is_named(std::string_view server_name, std::string_view pattern) {
  if (!pattern.starts_with("*.")) return server_name == pattern;
  const std::size_t dot = server_name.find('.');
  return dot != std::string_view::npos && dot > 0 && server_name.substr(dot) == pattern.substr(1);
}

}  // namespace

std::expected<std::unique_ptr<ServerContext>, std::string> ServerContext::make(const Library& library, const config::Listener& listener,
                                                                               std::span<const CertificatePair> certificates,
                                                                               std::string_view client_authorities_pem,
                                                                               std::shared_ptr<const TicketKeys> shared_keys) {
  std::unique_ptr<ServerContext> self(new ServerContext(library, std::move(shared_keys)));
  self->wants_ja4_ = listener.tls.ja4;
  if (listener.tls.early_data) self->early_data_bytes_ = listener.limits.early_data_bytes;
  self->refuses_unknown_names_ = listener.tls.refuse_unknown_names;
  self->protocols_ = alpn_list(listener.protocols);
  for (const CertificatePair& pair : certificates) {
    auto served = self->serve(listener.tls, pair, client_authorities_pem);
    if (!served) return std::unexpected(served.error());
    self->certificates_.push_back(std::move(*served));
  }
  return self;
}

std::expected<ServerContext::Served, std::string> ServerContext::serve(const config::Tls& settings, const CertificatePair& pair,
                                                                         std::string_view client_authorities_pem) {
  Served served{ContextPtr(SSL_CTX_new_ex(library_.get(), nullptr, TLS_server_method())), {}, {}};
  SSL_CTX* context = served.context.get();
  if (!context) return std::unexpected(take_openssl_error());

  protect(context, settings.min);
  SSL_CTX_set1_sigalgs_list(context, kSignatures);
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_alpn_select_cb(context, on_alpn, this);

  // Resumption is by tickets alone: a cache would be a lock, and would not know the other workers' sessions.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket_key);
  if (takes_early_data()) {
    SSL_CTX_set_max_early_data(context, early_data_bytes_);
    // What is skipped counts, too: tickets may have been given by a listener that takes more.
    SSL_CTX_set_recv_max_early_data(context, std::max<std::uint32_t>(early_data_bytes_, SSL3_RT_MAX_PLAIN_LENGTH));
    SSL_CTX_set_options(context, SSL_OP_NO_ANTI_REPLAY);  // OpenSSL's own needs its cache, which would be one worker's
    SSL_CTX_set_allow_early_data_cb(context, on_early_data, nullptr);
  }
  SSL_CTX_set_tlsext_servername_callback(context, on_server_name);
  SSL_CTX_set_tlsext_servername_arg(context, this);

  const auto leaf = use_certificate(context, library_.get(), pair);
  if (!leaf) return std::unexpected(leaf.error());

  if (pair.staple) {
    served.staple = std::make_unique<const Staple>(*pair.staple);
    SSL_CTX_set_tlsext_status_cb(context, on_status_request);
    SSL_CTX_set_tlsext_status_arg(context, const_cast<Staple*>(served.staple.get()));
  }
  if (!client_authorities_pem.empty()) {
    if (auto demanded = demand_certificate(context, library_.get(), client_authorities_pem); !demanded) return std::unexpected(demanded.error());
  }

  // Tickets of one certificate do not open sessions of another, nor those of who showed none where one must be shown.
  unsigned char of_leaf[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  X509_digest(*leaf, EVP_sha256(), of_leaf, &size);
  const std::string identity = std::string(reinterpret_cast<char*>(of_leaf), size).append(client_authorities_pem);
  unsigned char digest[EVP_MAX_MD_SIZE];
  EVP_Digest(identity.data(), identity.size(), digest, &size, EVP_sha256(), nullptr);
  SSL_CTX_set_session_id_context(context, digest, std::min<unsigned>(size, SSL_MAX_SSL_SESSION_ID_LENGTH));
  served.names = names_of(*leaf);
  return served;
}

int ServerContext::on_alpn(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered, unsigned offered_size, void* self) {
  const std::string& served = static_cast<ServerContext*>(self)->protocols_;
  const int found = SSL_select_next_proto(const_cast<unsigned char**>(chosen), size, reinterpret_cast<const unsigned char*>(served.data()),
                                          static_cast<unsigned>(served.size()), offered, offered_size);
  // RFC 7301 section 3.2: nothing in common is a fatal alert, not a guess.
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

SSL_CTX* ServerContext::find(std::string_view server_name) const {
  const std::string wanted = lower(server_name);
  for (const Served& served : certificates_) {
    for (const std::string& name : served.names) {
      if (is_named(wanted, name)) return served.context.get();
    }
  }
  return nullptr;
}

SSL_CTX* ServerContext::context_for(std::string_view server_name) const {
  SSL_CTX* found = find(server_name);
  return found ? found : get();
}

// A name's last dot is not said in a server_name (RFC 6066 section 3).
bool ServerContext::shows_the_same(const SSL* ssl, std::string_view host) const {
  if (certificates_.size() == 1) return true;
  if (host.ends_with('.')) host.remove_suffix(1);
  return context_for(host) == SSL_get_SSL_CTX(ssl);
}

int ServerContext::on_server_name(SSL* ssl, int* alert, void* self) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const ServerContext& context = *static_cast<ServerContext*>(self);
  timeline::TlsFacts& facts = Session::tap_of(ssl).record().tls;
  SSL_CTX* found = name ? context.find(name) : nullptr;
  facts.sni_class = !name ? SniClass::absent : found ? SniClass::served : SniClass::unknown;
  if (facts.sni_class == SniClass::unknown && context.refuses_unknown_names_) {
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  SSL_set_SSL_CTX(ssl, found ? found : context.get());
  return SSL_TLSEXT_ERR_OK;
}

// A response that has expired since the start is worse than none.
int ServerContext::on_status_request(SSL* ssl, void* argument) {
  const Staple& staple = *static_cast<const Staple*>(argument);
  if (std::time(nullptr) >= staple.good_until) return SSL_TLSEXT_ERR_NOACK;
  void* copy = OPENSSL_memdup(staple.der.data(), staple.der.size());  // the session frees it
  if (!copy) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(staple.der.size()));
  Session::tap_of(ssl).record().tls.stapled = true;
  return SSL_TLSEXT_ERR_OK;
}

// Asked last, when the ticket has been opened, the client has proved that it is its own, and it is as old as the client says.
int ServerContext::on_early_data(SSL* ssl, void*) {
  const auto& self = *static_cast<ServerContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  StrikeRegister::Random random;
  SSL_get_client_random(ssl, random.data(), random.size());
  return self.keys_.strikes().admit(random, std::time(nullptr));
}

int ServerContext::on_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int is_sealing) {
  const auto& self = *static_cast<ServerContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const auto ring = self.keys_.ring();
  std::size_t at = 0;
  if (is_sealing) {
    std::memcpy(name, (*ring)[0].name.data(), (*ring)[0].name.size());
    if (RAND_bytes_ex(self.library_.get(), iv, 16, 0) != 1) return -1;
  } else {
    while (at < ring->size() && std::memcmp(name, (*ring)[at].name.data(), (*ring)[at].name.size()) != 0) ++at;
    if (at == ring->size()) return 0;  // sealed by nobody we remember: a full handshake
  }
  const TicketKey& key = (*ring)[at];
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  if (EVP_MAC_init(mac, key.mac_key.data(), key.mac_key.size(), parameters) != 1) return -1;
  if (EVP_CipherInit_ex2(cipher, self.library_.ticket_cipher(), key.cipher_key.data(), iv, is_sealing, nullptr) != 1) return -1;
  if (is_sealing) return 1;
  // 2: opened, and a new one is to be sent. TLS 1.3 wants each ticket used once (RFC 8446 section 8.1).
  return at > 0 || SSL_version(ssl) == TLS1_3_VERSION ? 2 : 1;
}

}  // namespace gladhand::tls
