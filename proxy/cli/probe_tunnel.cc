#include "cli/probe_tunnel.h"

namespace gladhand::cli {

Tunnelled::Tunnelled(io::Loop& loop, net::TransportEvents& events, timeline::ConnectionRecord& record, http::StreamGrip stream, tls::Remote* remote)
    : TurnTask(loop), events_(events), record_(record), stream_(std::move(stream)) {
  stream_->listen(*this);
  if (remote) secure_.emplace(loop.clock(), record, *remote);
  request_turn_end();
}

void Tunnelled::on_turn_end() {
  if (has_failed_ || is_ready_) return;
  if (secure_) return handshake();
  is_ready_ = true;
  events_.on_ready();
}

void Tunnelled::on_body(Buffer&& body) {
  const Buffer taken = std::move(body);
  stream_->consumed(taken.size());
  for (const Slice& slice : taken.slices()) {
    if (!has_failed_ && !has_ended_) receive(slice);
  }
}

void Tunnelled::receive(Slice bytes) {
  if (!secure_) {
    record_.timeline.mark_first(timeline::ConnectionMark::first_byte, loop().now());
    return events_.on_bytes(std::move(bytes));
  }
  secure_->session.feed(bytes.view());
  if (is_ready_) return deliver();
  secure_->tap.arrived(loop().clock().now());
  handshake();
}

void Tunnelled::handshake() {
  const auto done = secure_->session.handshake();
  loop().begin_event();  // a certificate may have taken a millisecond: what follows has an instant of its own
  flush();
  if (!done) return fail(done.error());
  if (!*done) return;
  is_ready_ = true;
  events_.on_ready();
  deliver();
}

void Tunnelled::deliver() {
  while (!has_failed_) {
    const auto n = secure_->session.read(loop().read_space().room());
    if (!n) return fail(n.error());
    if (*n == 0) break;
    events_.on_bytes(loop().read_space().taken(*n));
  }
  if (secure_->session.is_ended() && !has_failed_) {
    has_ended_ = true;
    events_.on_end();
  }
  flush();
}

void Tunnelled::flush() {
  if (stream_ && !secure_->session.output().empty()) stream_->send_body(std::move(secure_->session.output()), http::End::no);
}

void Tunnelled::send(Buffer& bytes) {
  if (!secure_) {
    if (stream_) stream_->send_body(std::move(bytes), http::End::no);
    return;
  }
  if (auto written = secure_->session.write(bytes); !written) return fail(written.error());
  flush();
}

void Tunnelled::goodbye() {
  if (!secure_ || has_failed_) return;
  secure_->session.close_notify();
  flush();
}

void Tunnelled::end() {
  if (stream_) stream_->send_body({}, http::End::yes);
}

void Tunnelled::on_end() {
  if (has_failed_ || has_ended_) return;
  has_ended_ = true;
  if (secure_ && !is_ready_) return fail({Code::upstream_closed, "the connection ended during the TLS handshake"});
  is_cut_off_ = secure_.has_value();
  events_.on_end();
}

void Tunnelled::fail(Error error) {
  if (std::exchange(has_failed_, true)) return;
  if (secure_) secure_->tap.settle();
  events_.on_failed(error);
}

}  // namespace gladhand::cli
