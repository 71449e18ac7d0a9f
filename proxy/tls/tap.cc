#include "tls/tap.h"

#include "base/observing.h"
#include "tls/ja4.h"
#include "tls/server_hello.h"
#include "tls/session.h"

namespace gladhand::tls {
namespace {

using timeline::ConnectionMark;
using timeline::TlsMessageType;

bool is_retry(const unsigned char* message, std::size_t size) {
  const auto hello = read_server_hello({reinterpret_cast<const char*>(message), size});
  return hello && hello->is_retry;
}

// As text that outlives the session.
std::string_view known_protocol(std::string_view name) {
  for (const std::string_view known : {"h2", "http/1.1"}) {
    if (name == known) return known;
  }
  return {};
}

std::string_view text(const char* literal) { return literal ? std::string_view(literal) : std::string_view{}; }

timeline::Resumption resumption(SSL* ssl) {
  using enum timeline::Resumption;
  if (SSL_session_reused(ssl) != 1) return full;
  if (SSL_version(ssl) == TLS1_3_VERSION) return psk;
  // As a server we resume by tickets alone (context.cc); as a client by whatever the server gave.
  return SSL_is_server(ssl) || SSL_SESSION_has_ticket(SSL_get0_session(ssl)) ? ticket : session_id;
}

timeline::EarlyData early_data(const SSL* ssl) {
  using enum timeline::EarlyData;
  switch (SSL_get_early_data_status(ssl)) {
    case SSL_EARLY_DATA_ACCEPTED: return accepted;
    case SSL_EARLY_DATA_REJECTED: return rejected;
    default: return not_sent;
  }
}

// The server's: whether a key of RSA-PSS was bound to that use, which is another code point, makes no difference here.
std::string_view signature(SSL* ssl) {
  int type = NID_undef, digest = NID_undef;
  if (SSL_is_server(ssl)) {
    SSL_get_signature_type_nid(ssl, &type);
    SSL_get_signature_nid(ssl, &digest);
  } else {
    SSL_get_peer_signature_type_nid(ssl, &type);
    SSL_get_peer_signature_nid(ssl, &digest);
  }
  const auto with = [digest](std::string_view sha256, std::string_view sha384, std::string_view sha512) {
    return digest == NID_sha256 ? sha256 : digest == NID_sha384 ? sha384 : digest == NID_sha512 ? sha512 : std::string_view{};
  };
  switch (type) {
    case EVP_PKEY_EC: return with("ecdsa_sha256", "ecdsa_sha384", "ecdsa_sha512");
    case EVP_PKEY_RSA_PSS: return with("rsa_pss_sha256", "rsa_pss_sha384", "rsa_pss_sha512");
    case EVP_PKEY_RSA: return with("rsa_pkcs1_sha256", "rsa_pkcs1_sha384", "rsa_pkcs1_sha512");
    case EVP_PKEY_ED25519: return "ed25519";
    default: return {};
  }
}

}  // namespace

void Tap::observe(SSL* ssl) {
  if (!kIsObserving) return;
  SSL_set_msg_callback_arg(ssl, this);
  SSL_set_msg_callback(ssl, [](int is_written, int, int content_type, const void* data, std::size_t size, SSL* session, void* arg) {
    Tap& self = *static_cast<Tap*>(arg);
    const auto* body = static_cast<const unsigned char*>(data);
    if (self.is_over_ || size == 0) return;
    if (content_type == SSL3_RT_HANDSHAKE) self.on_message(SSL_is_server(session) != 0, is_written != 0, body, size);
    if (content_type == SSL3_RT_ALERT) self.note(TlsMessageType::alert, is_written != 0, size);
  });
  // Alerts come after the handshake, too, when messages are no longer told of: that would be a call for each record.
  SSL_set_info_callback(ssl, [](const SSL* session, int where, int value) {
    if (where & SSL_CB_ALERT) Session::tap_of(session).on_alert((where & SSL_CB_WRITE) != 0, static_cast<std::uint8_t>(value & 0xff));
  });
}

void Tap::on_message(bool is_server, bool is_written, const unsigned char* body, std::size_t size) {
  auto type = static_cast<TlsMessageType>(body[0]);
  if (type == TlsMessageType::server_hello && is_retry(body, size)) type = TlsMessageType::hello_retry_request;
  note(type, is_written, size);
  if (wants_ja4_ && type == TlsMessageType::client_hello) fingerprint({reinterpret_cast<const char*>(body), size});
  is_server ? on_server_message(type, is_written) : on_client_message(type, is_written);
}

// Of two hellos, the first: the second one answers to what we had asked for.
void Tap::fingerprint(std::string_view hello) {
  wants_ja4_ = false;
  const Nanos begun = clock_.now();
  record_.tls.ja4 = ja4(hello).value_or(timeline::Ja4());
  record_.tls.compute -= clock_.now() - begun;  // we are called from within the library, and this is no work of its
}

// OpenSSL tells of what it reads when it comes to it, and of what it writes when it has made it.
void Tap::note(TlsMessageType type, bool is_written, std::size_t size) {
  record_.messages.add({type, is_written, static_cast<std::uint32_t>(size), is_written ? clock_.now() : arrived_});
}

void Tap::on_server_message(TlsMessageType type, bool is_written) {
  if (!is_written) {
    if (type == TlsMessageType::client_hello) hello_ = arrived_;
    if (type == TlsMessageType::finished) record_.timeline.mark_first(ConnectionMark::client_finished, arrived_);
  } else if (type == TlsMessageType::hello_retry_request) {
    record_.tls.retried = true;
    departing_ = ConnectionMark::hello_retry;
  } else if (type == TlsMessageType::server_hello) {
    settle();
    record_.timeline.mark_first(ConnectionMark::server_hello, clock_.now());
    departing_ = ConnectionMark::server_flight;
  }
}

// The first ClientHello counts: after a HelloRetryRequest the second one is part of the wait.
void Tap::on_client_message(TlsMessageType type, bool is_written) {
  if (is_written) {
    if (type == TlsMessageType::client_hello) record_.timeline.mark_first(ConnectionMark::client_hello, clock_.now());
  } else if (type == TlsMessageType::hello_retry_request) {
    record_.tls.retried = true;
    record_.timeline.mark_first(ConnectionMark::hello_retry, arrived_);
  } else if (type == TlsMessageType::server_hello) {
    record_.timeline.mark_first(ConnectionMark::server_hello, arrived_);
  }
}

void Tap::on_alert(bool is_sent, std::uint8_t number) {
  if (number == SSL3_AD_CLOSE_NOTIFY) return;
  (is_sent ? record_.tls.alert_sent : record_.tls.alert_received) = number;
}

void Tap::departed(Nanos now) {
  if (departing_) record_.timeline.mark_first(*departing_, now);
}

void Tap::judged(Nanos begun, bool is_trusted) {
  const Nanos now = clock_.now();
  record_.tls.verify = now - begun;
  if (is_trusted) record_.timeline.mark_first(ConnectionMark::cert_verified, now);
}

void Tap::settle() {
  if (hello_ != Nanos::zero()) record_.timeline.mark_first(ConnectionMark::client_hello, hello_);
}

void Tap::stepped(const SSL* ssl) {
  record_.sni = text(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
  record_.tls.early_data = early_data(ssl);
}

void Tap::secured(SSL* ssl) {
  is_over_ = true;
  SSL_set_msg_callback(ssl, nullptr);  // what follows (tickets, key updates) is no handshake
  record_.timeline.mark(ConnectionMark::secured, clock_.now());
  fill_facts(ssl);
}

void Tap::fill_facts(SSL* ssl) {
  timeline::TlsFacts& facts = record_.tls;
  facts.version = SSL_version(ssl) == TLS1_3_VERSION ? timeline::TlsVersion::tls1_3 : timeline::TlsVersion::tls1_2;
  facts.resumed = SSL_session_reused(ssl) == 1;
  facts.resumption = resumption(ssl);
  facts.signature = signature(ssl);
  facts.cipher = text(SSL_get_cipher_name(ssl));
  const int group = static_cast<int>(SSL_get_negotiated_group(ssl));
  facts.group = group > 0 && group < TLSEXT_nid_unknown ? text(OBJ_nid2sn(group)) : std::string_view{};
  const unsigned char* alpn = nullptr;
  unsigned alpn_size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &alpn_size);
  facts.alpn = known_protocol({reinterpret_cast<const char*>(alpn), alpn_size});
}

}  // namespace gladhand::tls
