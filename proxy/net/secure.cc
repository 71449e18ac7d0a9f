#include "net/secure.h"

#include "net/tcp_facts.h"

namespace gladhand::net {
namespace {

using timeline::ConnectionMark;

// In TLS 1.3 the end of a handshake leaves something that nobody waits for: a server's session tickets, a client's
// Finished. It leaves together with the first message, or alone after this.
constexpr Nanos kHoldBack = std::chrono::milliseconds(20);

constexpr std::string_view kPlainAnswer =
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 40\r\n"
    "Proxy-Status: gladhand; error=http_request_error\r\n\r\nThis port speaks HTTPS; use https://...\n";

}  // namespace

Secure::Secure(io::Loop& loop, TransportEvents& events, timeline::ConnectionRecord& record, const Clock& clock, const tls::ServerContext& context,
               int fd, Preface preface)
    : loop_(loop),
      events_(events),
      clock_(clock),
      tap_(clock, record),
      session_(context, tap_),
      tcp_(loop, *this, fd),
      held_back_(loop.deadlines(), *this),
      header_(preface == Preface::proxy_header ? std::make_unique<ProxyHeaderReader>() : nullptr),
      is_client_(false) {}

Secure::Secure(io::Loop& loop, TransportEvents& events, timeline::ConnectionRecord& record, const Clock& clock, tls::Remote& remote,
               const io::Address& address, io::Dial dial)
    : loop_(loop),
      events_(events),
      clock_(clock),
      tap_(clock, record),
      session_(remote, tap_),
      tcp_(loop, *this, address, dial),
      held_back_(loop.deadlines(), *this),
      is_client_(true) {
  record.tcp.fast_open = fast_open_at_dial(tcp_.opening());
  // A ClientHello that cannot be made now will fail again in on_connected(), when somebody may be told.
  if (tcp_.opening() != io::Opening::with_cookie || !session_.handshake()) return;
  // The SYN leaves with it: making it took a millisecond, and is no part of TCP.
  loop_.begin_event();
  record.timeline.forget(ConnectionMark::started);
  record.timeline.mark(ConnectionMark::started, record.timeline.at(ConnectionMark::client_hello));
  flush();
}

void Secure::start_reading() {
  wants_reading_ = true;
  tcp_.start_reading();
}

// While early data is all there is, its owner may have enough of it, but the client's Finished must still come in.
void Secure::stop_reading() {
  wants_reading_ = false;
  if (!session_.is_early()) tcp_.stop_reading();
}

void Secure::on_connected() {
  tap_.record().timeline.mark(ConnectionMark::connected, loop_.now());
  tap_.record().tcp = facts_at_connect(tcp_.fd(), tcp_.opening());
  events_.on_connected();
  tcp_.start_reading();  // the handshake's own need, whatever the owner will want
  handshake();
}

void Secure::take_last_facts() { add_facts_at_close(tcp_.fd(), tap_.record().tcp); }

void Secure::on_read(Slice bytes) {
  if (has_failed_ || input_ended_) return;
  if (header_ && !pass_header(bytes)) return;
  session_.feed(bytes.view());
  if (session_.is_open()) return deliver();
  tap_.arrived(clock_.now());
  handshake();
}

// True: it is complete, and there is something behind it.
bool Secure::pass_header(Slice& bytes) {
  const auto header = header_->take(bytes);
  if (!header) fail(header.error());
  if (!header || !*header) return false;
  header_.reset();
  events_.on_proxy_header(**header);
  return bytes.size() > 0;
}

void Secure::handshake() {
  const auto done = session_.handshake();
  loop_.begin_event();  // a signature may have taken a millisecond: what follows has an instant of its own
  if (!done) return fail(done.error());
  timeline::ConnectionRecord& record = tap_.record();
  const bool can_wait = *done && record.tls.version == timeline::TlsVersion::tls1_3;
  if (can_wait) {
    held_back_.arm(kHoldBack);
  } else if (!session_.output().empty()) {
    flush();
    tap_.departed(clock_.now());
  }
  deliver_early();
  if (!*done || has_failed_) return;
  if (has_told_early_ && !wants_reading_) tcp_.stop_reading();
  events_.on_ready();
  deliver();
}

// Also when the handshake has ended meanwhile: it is not for us to say that bytes came later than they did.
void Secure::deliver_early() {
  if (!session_.early().empty() || session_.is_early()) {
    if (!std::exchange(has_told_early_, true)) events_.on_early();
  }
  while (!session_.early().empty()) {
    Slice bytes = session_.early().slices().front();
    session_.early().consume(bytes.size());
    events_.on_bytes(std::move(bytes));
  }
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
  if (!held_back_.is_armed() && !session_.output().empty()) flush();  // a key update's answer, an alert
}

void Secure::send(Buffer& bytes) {
  held_back_.disarm();
  if (auto written = session_.write(bytes); !written) return fail(written.error());
  flush();
}

void Secure::send_last(Buffer& bytes) {
  if (auto written = session_.write(bytes); !written) return fail(written.error());  // leaves with the close_notify
}

void Secure::goodbye() {
  held_back_.disarm();
  if (has_failed_) return;
  has_said_goodbye_ = true;
  session_.close_notify();
  tcp_.write(session_.output(), io::Then::fin);
}

void Secure::on_end() {
  if (has_failed_ || input_ended_) return;
  if (session_.is_open()) {
    // A request's framing never needs an end that can be trusted; a response's may.
    is_cut_off_ = is_client_;
    tap_.record().tls.truncated = !has_said_goodbye_;  // what comes behind our goodbye is dropped, and cannot be cut
    input_ended_ = true;
    return events_.on_end();
  }
  if (is_client_) return fail({Code::upstream_closed, "the connection ended during the TLS handshake"});
  const bool has_spoken = tap_.record().timeline.has(ConnectionMark::first_byte) || (header_ && header_->has_begun());
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
