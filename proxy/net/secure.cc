#include "net/secure.h"

namespace gladhand::net {
namespace {

using timeline::ConnectionMark;

// Nobody waits for a session ticket, so it leaves together with the first response, or alone after this.
constexpr Nanos kTicketsWait = std::chrono::milliseconds(20);

constexpr std::string_view kPlainAnswer =
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 40\r\n"
    "Proxy-Status: gladhand; error=http_request_error\r\n\r\nThis port speaks HTTPS; use https://...\n";

}  // namespace

Secure::Secure(io::Loop& loop, TransportEvents& events, timeline::ConnectionRecord& record, const Clock& clock, const tls::ServerContext& context,
               int fd)
    : loop_(loop),
      events_(events),
      clock_(clock),
      tap_(clock, record),
      session_(context, tap_),
      tcp_(loop, *this, fd),
      tickets_(loop.deadlines(), *this) {}

void Secure::on_read(Slice bytes) {
  if (has_failed_ || input_ended_) return;
  session_.feed(bytes.view());
  if (session_.is_open()) return deliver();
  tap_.arrived(clock_.now());
  handshake();
}

void Secure::handshake() {
  const auto done = session_.handshake();
  loop_.begin_event();  // a signature may have taken a millisecond: what follows has an instant of its own
  if (!done) return fail(done.error());
  timeline::ConnectionRecord& record = tap_.record();
  // In TLS 1.3 all that is left to send once the client's Finished is in are tickets.
  const bool only_tickets = *done && record.tls.version == timeline::TlsVersion::tls1_3;
  if (only_tickets) {
    tickets_.arm(kTicketsWait);
  } else if (!session_.output().empty()) {
    flush();
    if (tap_.has_flight()) record.timeline.mark_first(ConnectionMark::server_flight, clock_.now());
  }
  if (!*done) return;
  events_.on_ready();
  deliver();
}

void Secure::deliver() {
  while (!has_failed_) {
    const auto n = session_.read(loop_.read_space().room());
    if (!n) return fail(n.error());
    if (*n == 0) break;
    events_.on_bytes(loop_.read_space().taken(*n));
  }
  if (session_.is_ended() && !has_failed_) {
    input_ended_ = true;
    events_.on_end();
  }
  if (!tickets_.is_armed() && !session_.output().empty()) flush();  // a key update's answer, an alert
}

void Secure::send(Buffer& bytes) {
  tickets_.disarm();
  if (auto written = session_.write(bytes); !written) return fail(written.error());
  flush();
}

void Secure::send_last(Buffer& bytes) {
  if (auto written = session_.write(bytes); !written) return fail(written.error());  // leaves with the close_notify
}

void Secure::end() {
  tickets_.disarm();
  session_.close_notify();
  tcp_.write(session_.output(), io::Then::fin);
  tcp_.shutdown();
}

void Secure::on_end() {
  if (has_failed_ || input_ended_) return;
  if (session_.is_open()) {
    // Without close_notify the end may be an attacker's; a request's framing never needs it.
    input_ended_ = true;
    return events_.on_end();
  }
  const bool has_spoken = tap_.record().timeline.has(ConnectionMark::first_byte);
  fail({has_spoken ? Code::client_eof_in_handshake : Code::client_eof_before_hello});
}

void Secure::on_error(Code code) { fail({code}); }

void Secure::on_deadline(io::Deadline&) { flush(); }

void Secure::fail(Error error) {
  if (has_failed_) return;
  has_failed_ = true;
  if (error.code == Code::plaintext_http) {
    Buffer answer;
    answer.append(Slice::literal(kPlainAnswer));
    tcp_.write(answer);
  } else {
    flush();  // the alert, if there is one
  }
  tap_.settle();
  events_.on_failed(error);
}

}  // namespace gladhand::net
