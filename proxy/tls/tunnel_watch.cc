//                                               ┌─ HelloRetryRequest ─┐
//   quiet ──client's record──► hello ──complete─┴───► answer ◄────────┘
//     │                          │                      │ ServerHello
//     │                          │             ┌────────┴─────────┐
//     │                          │           tls13              tls12 ──client's ChangeCipherSpec──► tls12_changed
//     │                          │             │ client's         │                                    │ client's next
//     │                          │             │ first protected  │                                    │ record
//     │                          │             │ record           │                                    │
//     └── no TLS ────────────────┴─────────────┴── alert, or what TLS does not allow ──────────────────┴──► over
//
// quiet          the client has not finished a record's header; the upstream must not speak first
// hello          the ClientHello is being collected
// answer         the ServerHello is awaited; a client may send early data, and a second ClientHello if asked to
// tls13          all but the client's first protected record is of no interest, the whole upstream included
// tls12          certificates and keys are exchanged in the clear, or the upstream abbreviates
// tls12_changed  what the client says next is encrypted: its Finished
// over           kind, outcome, marks and facts are final
#include "tls/tunnel_watch.h"

#include <algorithm>

#include "tls/client_hello.h"
#include "tls/server_hello.h"

namespace gladhand::tls {
namespace {

// What TLS 1.3 adds to a record: the true type and the tag (RFC 8446 section 5.2), 16 bytes long but for one rare cipher.
constexpr std::size_t kSealBytes = 1 + 16;
constexpr std::size_t kSealedAlert = 2 + kSealBytes;
constexpr std::size_t kSealedEndOfEarlyData = 4 + kSealBytes;
constexpr std::size_t kSealedFinished[] = {4 + 32 + kSealBytes, 4 + 48 + kSealBytes};  // by the cipher's hash

// Records of early data that may still be under way when the ServerHello passes: 1 MiB of full ones.
constexpr std::uint8_t kMostEarlyRecords = 64;

constexpr std::uint8_t kWarning = 1;
constexpr std::uint8_t kCloseNotify = 0;

bool ends_early_data(std::size_t record_length) {
  return record_length == kSealedEndOfEarlyData || std::ranges::find(kSealedFinished, record_length) != std::end(kSealedFinished);
}

std::string_view without_dot(std::string_view name) { return name.substr(0, name.size() - (name.ends_with('.') ? 1 : 0)); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool is_same_host(std::string_view a, std::string_view b) { return std::ranges::equal(without_dot(a), without_dot(b), {}, lower, lower); }

TunnelWatch::ServerName server_name_class(const ClientHello& hello, std::string_view target) {
  if (!hello.has_server_name) return TunnelWatch::ServerName::absent;
  const bool is_same = !hello.server_name.empty() && is_same_host(hello.server_name, target);
  return is_same ? TunnelWatch::ServerName::same : TunnelWatch::ServerName::other;
}

}  // namespace

std::optional<Nanos> TunnelWatch::duration() const {
  if (!marks_.secured) return std::nullopt;
  return *marks_.secured - *marks_.client_hello;
}

void TunnelWatch::follow(Half& half, std::string_view bytes, Nanos at) {
  const bool is_client = &half == &client_;
  if (!is_client && state_ == State::quiet && !bytes.empty()) return lose();
  while (!is_done() && (is_client || state_ != State::tls13)) {
    switch (half.records.next(bytes, at)) {
      case RecordReader::Found::nothing: return;
      case RecordReader::Found::not_tls: lose(); break;
      case RecordReader::Found::header: is_client ? on_client_record() : on_upstream_record(); break;
      case RecordReader::Found::body: on_body(half, half.records.body(), at); break;
    }
  }
}

void TunnelWatch::on_client_record() {
  const ContentType type = client_.records.type();
  if (type == ContentType::alert && state_ >= State::answer) return on_alert_record(client_);
  switch (state_) {
    case State::quiet:
      hello_began_ = client_.records.began();
      state_ = State::hello;
      [[fallthrough]];
    case State::hello:
      if (type != ContentType::handshake) lose();
      break;
    case State::answer:
      if (type == ContentType::handshake && !facts_.was_retried) lose();
      if (type == ContentType::application_data && !facts_.offers_early_data) lose();
      break;
    case State::tls13:
      if (type == ContentType::handshake) lose();
      if (type == ContentType::application_data) on_protected_record();
      break;  // a ChangeCipherSpec means nothing (RFC 8446 appendix D.4)
    case State::tls12:
      if (type == ContentType::application_data) lose();
      if (type == ContentType::change_cipher_spec) state_ = State::tls12_changed;
      client_.is_encrypted = state_ == State::tls12_changed;
      break;
    case State::tls12_changed: type == ContentType::handshake ? secure() : lose(); break;
    case State::over: break;
  }
}

void TunnelWatch::on_upstream_record() {
  const ContentType type = upstream_.records.type();
  if (type == ContentType::alert) return on_alert_record(upstream_);
  if (state_ == State::hello || type == ContentType::application_data) return lose();
  if (type != ContentType::change_cipher_spec) return;
  if (state_ == State::answer) {
    if (!facts_.was_retried) lose();
    return;
  }
  upstream_.is_encrypted = true;
  if (!facts_.resumed) facts_.resumed = true;  // it has not waited for the client's keys
}

void TunnelWatch::on_body(Half& half, std::string_view body, Nanos at) {
  switch (half.records.type()) {
    case ContentType::alert: return on_alert_bytes(half, body);
    case ContentType::handshake:
      if (half.is_encrypted) return;
      return &half == &client_ ? on_client_message(body) : on_upstream_message(body, at);
    default: return;
  }
}

void TunnelWatch::on_client_message(std::string_view body) {
  while (state_ == State::hello) {
    switch (client_.messages.next(body)) {
      case MessageReader::Found::nothing: return;
      case MessageReader::Found::begun:
        if (client_.messages.type() != MessageType::client_hello) lose();
        break;
      case MessageReader::Found::too_long: lose(); break;
      case MessageReader::Found::message:
        // Nothing can follow it in its record: the client cannot know what to say.
        body.empty() && client_.records.is_at_end() ? on_client_hello() : lose();
        break;
    }
  }
}

void TunnelWatch::on_client_hello() {
  const std::optional<ClientHello> hello = read_client_hello(client_.messages.hello());
  if (!hello) return lose();
  recognize();
  facts_.offered = hello->version;
  facts_.server_name = server_name_class(*hello, target_);
  facts_.offers_h2 = hello->offers_h2;
  facts_.offers_http1_1 = hello->offers_http1_1;
  facts_.offers_encrypted_hello = hello->has_encrypted_hello;
  facts_.offers_early_data = hello->has_early_data;
  client_.messages.release();
  state_ = State::answer;
}

void TunnelWatch::on_upstream_message(std::string_view body, Nanos at) {
  while (!is_done() && state_ != State::tls13) {
    switch (upstream_.messages.next(body)) {
      case MessageReader::Found::nothing: return;
      case MessageReader::Found::begun: {
        const MessageType type = upstream_.messages.type();
        if ((type == MessageType::server_hello) != (state_ == State::answer)) return lose();
        if (type == MessageType::server_hello_done) facts_.resumed = false;
        break;
      }
      case MessageReader::Found::too_long: lose(); break;
      case MessageReader::Found::message:
        if (state_ == State::answer) on_server_hello(at);
        break;
    }
  }
}

void TunnelWatch::on_server_hello(Nanos at) {
  const std::optional<ServerHello> hello = read_server_hello(upstream_.messages.hello());
  if (!hello || (hello->is_retry && facts_.was_retried)) return lose();
  if (hello->is_retry) {
    facts_.was_retried = true;
    return;
  }
  upstream_.messages.release();
  marks_.server_hello = at;
  facts_.version = hello->version;
  state_ = hello->version == kTls13 ? State::tls13 : State::tls12;
  if (state_ == State::tls13) facts_.resumed = hello->has_pre_shared_key;
}

void TunnelWatch::on_protected_record() {
  const std::size_t length = client_.records.length();
  if (length == kSealedAlert) return end(Outcome::client_alert);
  // After a HelloRetryRequest there is no early data (RFC 8446 section 4.2.10).
  if (!facts_.offers_early_data || facts_.was_retried || ends_early_data(length)) return secure();
  if (++early_records_ == kMostEarlyRecords) end(Outcome::hidden);
}

void TunnelWatch::on_alert_record(Half& half) {
  if (half.is_encrypted) return end(alert_of(half));
  if (half.records.length() != half.alert.size()) return lose();
  half.alert_bytes = 0;
}

void TunnelWatch::on_alert_bytes(Half& half, std::string_view body) {
  for (const char byte : body) half.alert[half.alert_bytes++] = static_cast<std::uint8_t>(byte);
  if (half.alert_bytes < half.alert.size()) return;
  const auto [level, description] = half.alert;
  if (level == kWarning && description != kCloseNotify) return;  // such as unrecognized_name, after which TLS 1.2 goes on
  recognize();
  facts_.alert = description;
  end(alert_of(half));
}

void TunnelWatch::recognize() {
  kind_ = Kind::tls;
  marks_.client_hello = hello_began_;
}

void TunnelWatch::secure() {
  marks_.secured = client_.records.began();
  end(Outcome::secured);
}

void TunnelWatch::lose() {
  if (kind_ == Kind::unknown) kind_ = Kind::opaque;
  end(kind_ == Kind::tls ? Outcome::broken : Outcome::none);
}

void TunnelWatch::end(Outcome outcome) {
  outcome_ = outcome;
  state_ = State::over;
  client_.messages.release();
  upstream_.messages.release();
  std::string().swap(target_);
}

}  // namespace gladhand::tls
