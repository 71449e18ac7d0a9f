#include "cli/probe_hop.h"

#include "cli/probe_tunnel.h"

namespace gladhand::cli {

using timeline::ConnectionMark;
using timeline::ExchangeMark;

Hop::Hop(io::Loop& loop, HopEvents& events, timeline::Recorder& recorder, const HopSettings& settings)
    : loop_(loop), events_(events), recorder_(recorder), settings_(settings), resolver_(loop) {
  leg_.connection.side = timeline::Side::upstream;
  if (settings.connection.tls) settings.connection.tls->judge = this;
}

Hop::~Hop() {
  if (settings_.connection.tls) settings_.connection.tls->judge = nullptr;
}

void Hop::start() {
  is_started_ = true;
  leg_.exchange.timeline.mark(ExchangeMark::upstream_asked, loop_.clock().now());
  if (const auto known = io::Address::numeric(settings_.host, settings_.port)) {
    addresses_ = {*known};
    return dial();
  }
  ticket_ = resolver_.resolve(settings_.host, settings_.port, [this](Expected<io::Addresses> answer) { on_resolved(std::move(answer)); });
}

void Hop::on_resolved(Expected<io::Addresses> answer) {
  if (!answer) {
    leg_.connection.result = answer.error().code;
    is_closed_ = true;
    return events_.on_failed(*this, answer.error());
  }
  leg_.exchange.timeline.mark(ExchangeMark::resolved, loop_.now());
  addresses_ = std::move(*answer);
  dial();
}

void Hop::dial() {
  ++leg_.attempts;
  connection_ = std::make_unique<upstream::Connection>(loop_, static_cast<upstream::ConnectionEvents&>(*this), recorder_, settings_.connection, addresses_[leg_.attempts - 1], 1,
                                                       settings_.asks_in_syn);
}

void Hop::on_boarding(upstream::Connection&) {
  is_boarded_ = settings_.asks_in_syn;
  if (is_boarded_) events_.on_opened(*this);
}

void Hop::on_opened(upstream::Connection&) {
  if (!is_boarded_) events_.on_opened(*this);
}

void Hop::start_in(http::StreamGrip tunnel) {
  is_started_ = true;
  connection_ = std::make_unique<upstream::Connection>(
      loop_, static_cast<upstream::ConnectionEvents&>(*this), recorder_, settings_.connection, settings_.host_and_port, 1,
      [&](net::TransportEvents& events, timeline::ConnectionRecord& record) -> std::unique_ptr<net::Transport> {
        return std::make_unique<Tunnelled>(loop_, events, record, std::move(tunnel), settings_.connection.tls);
      });
}

bool Hop::ask(const http::Head& head, http::End end) {
  http::Stream* stream = connection_->open();
  if (!stream) return false;
  stream_ = http::StreamGrip(*stream);
  stream->listen(*this);
  leg_.exchange.timeline.mark(ExchangeMark::head_sent, loop_.now());
  stream->send_head(head, end);
  return true;
}

void Hop::send(std::string_view bytes, http::End end) {
  if (!stream_) return;
  Buffer body;
  body.append(bytes);
  stream_->send_body(std::move(body), end);
}

void Hop::leave() {
  stream_.drop();
  if (connection_) connection_->leave();
}

void Hop::stop(Code reason) {
  ticket_ = {};
  if (is_over()) return;
  is_closed_ = true;
  keep_record();
  if (reason != Code::ok) leg_.connection.result = reason;
  stream_.drop();
  connection_.reset();
}

// The views of the record die with the connection.
void Hop::keep_record() {
  if (!connection_) return;
  leg_.connection = connection_->record();
  if (!leg_.connection.timeline.has(ConnectionMark::ready)) leg_.connection.stage = leg_.connection.timeline.last();
  leg_.peer = leg_.connection.peer;
  leg_.sni = leg_.connection.sni;
  leg_.connection.peer = leg_.connection.sni = {};
  leg_.chain = chain_.read();
}

void Hop::on_closed(upstream::Connection&, Error error, bool was_opened) {
  keep_record();
  loop_.retire(std::move(connection_));
  // TLS and HTTP were the same at another of its addresses; what was refused here may be taken there.
  const bool was_reached = leg_.connection.timeline.has(ConnectionMark::connected);
  if (!was_reached && leg_.attempts < addresses_.size()) return dial();
  is_closed_ = true;
  if (!was_opened) events_.on_failed(*this, error);
  events_.on_closed(*this);
}

void Hop::on_head(http::Head& head) {
  if (head.is_informational() && head.status != 101) return;
  leg_.exchange.timeline.mark_first(ExchangeMark::reply_head_received, loop_.now());
  leg_.exchange.status = head.status;
  events_.on_answer(*this, head);
}

void Hop::on_body(Buffer&& body) {
  const std::size_t size = body.size();
  leg_.exchange.response_body_bytes += size;
  body.clear();
  stream_->consumed(size);
  events_.on_body(*this);
}

void Hop::on_end() {
  leg_.exchange.timeline.mark(ExchangeMark::reply_ended, loop_.now());
  events_.on_answer_ended(*this);
}

bool Hop::on_chain(tls::ShownChain chain, int problem, const char* reason) {
  chain_ = std::move(chain);
  leg_.problem = problem == 0 ? "" : reason;
  return problem == 0 || settings_.believes_anybody;
}

}  // namespace gladhand::cli
