// What comes back: the response, or the tunnel that was asked for. See exchange.cc for the states.
#include "exchange/exchange.h"

#include "exchange/server_timing.h"
#include "exchange/websocket.h"
#include "http/cookies.h"
#include "http/syntax.h"
#include "http/upgrade.h"

namespace gladhand::exchange {

using http::End;
using timeline::ExchangeMark;

namespace {

// The wire whose next bytes take the shortcut; null: they cannot.
http::Wire* join(http::Stream& from, http::Stream& to, std::uint64_t bytes, http::WireEvents& events) {
  http::Wire* source = from.receiving_wire();
  http::Wire* target = to.sending_wire();
  return source && target && source->start_moving(*target, bytes, events) ? source : nullptr;
}

}  // namespace

void Exchange::on_response(http::Head& head) {
  http::forward_response(head);
  if (!head.protocol.empty() || is_connect()) return on_tunnel(head);
  if (route_ && route_->push) offer_pushes(head);
  if (head.is_informational()) {
    client_->send_head(head, End::no);
    return;
  }
  if (head.status >= 500 && judge_attempt(Code::ok, head.status) != Again::no) return discard(head);
  const Nanos received = now();
  record_.timeline.mark(ExchangeMark::reply_head_received, received);
  if (asks_for_tunnel() && request_head_.must_change && head.status / 100 == 2) return fail({Code::not_implemented, "the endpoint did not change to the protocol it was asked for"});
  response_ = Half::open;
  if (asks_for_tunnel()) request_ = Half::ended;  // refused
  record_.status = head.status;
  stick_client(head);
  tell_timing(head);
  if (filtering_) filtering_->walk().pass_reply(head);
  field_log_.on_response(head);
  client_->send_head(head, head.has_body ? End::no : End::yes);
  record_.timeline.mark(ExchangeMark::reply_head_sent, received);
  await_upstream();
}

void Exchange::offer_pushes(const http::Head& head) {
  const bool is_needed = head.status == 103 || (head.status >= 200 && head.status < 300);
  if (!is_needed || record_.method != "GET") return;
  pushes_.offer(*client_, head, {record_.scheme, record_.authority, record_.target, request_head_.fields}, arena_);
}

void Exchange::on_tunnel(http::Head& head) {
  if (!is_connect() && !is_accepted(head)) return fail({Code::bad_response, "the answer to the upgrade is not the one that was asked for"});
  is_tunnel_ = true;
  if (is_connect()) onlooker_.begin(http::host_of(request_head_.target));
  const Nanos received = now();
  record_.timeline.mark(ExchangeMark::reply_head_received, received);
  response_ = Half::open;
  record_.status = head.status;
  stick_client(head);
  field_log_.on_response(head);
  client_->send_head(head, End::no);
  record_.timeline.mark(ExchangeMark::reply_head_sent, received);
  services_.recorder.tunnel_opened(record_);
  send_what_waited();
  await_upstream();
  note_tunnel();
}

bool Exchange::is_accepted(const http::Head& head) const {
  if (!http::equals_ignoring_case(head.protocol, request_head_.protocol)) return false;
  return !http::is_websocket(head.protocol) || answers_key(head, request_head_);
}

// The endpoint that the client was told to come back to. Empty: none.
std::string_view Exchange::sticky_id() const {
  const std::string& name = cluster_->settings().sticky.cookie;
  return name.empty() ? std::string_view{} : http::cookie(request_head_.fields, name);
}

void Exchange::stick_client(http::Head& head) {
  const std::string& name = cluster_->settings().sticky.cookie;
  if (name.empty() || sticky_id() == endpoint_->id()) return;
  const std::string_view attributes = record_.client->is_tls ? "; Path=/; HttpOnly; SameSite=Lax; Secure" : "; Path=/; HttpOnly; SameSite=Lax";
  head.fields.add(http::FieldId::set_cookie, "Set-Cookie", arena_.join({name, "=", endpoint_->id(), attributes}));
}

void Exchange::tell_timing(http::Head& head) {
  if (!route_ || !route_->server_timing) return;
  add_server_timing(head.fields, record_, arena_);
  add_timing_allow_origin(head.fields, route_->timing_allow_origin, arena_);
}

void Exchange::on_response_body(Buffer&& body) {
  if (is_discarding_) return discard(std::move(body));
  owed_upstream_ += body.size();
  if (onlooker_.is_watching()) onlooker_.from_upstream(body, now());
  send_response_body(filters_body() ? filtering_->walk().pass_body(body, false) : std::move(body));
  await_upstream();
  pay_upstream();
  note_tunnel();
  try_shortcut();
}

void Exchange::send_response_body(Buffer&& body) {
  record_.response_body_bytes += body.size();
  client_->send_body(std::move(body), End::no);
}

// The handshake inside is over, or there is none: what was seen of it is told, and nobody looks any longer.
void Exchange::note_tunnel() {
  if (!is_tunnel_ || onlooker_.is_watching()) return;
  if (!record_.tunnel) {
    record_.tunnel = onlooker_.facts();
    if (record_.tunnel && record_.tunnel->tls) services_.recorder.tunnel_secured(record_);
  }
  shorten_tunnel();
}

// Not past plugins: a body that they take has no length any more, and the client's stream no wire for it.
void Exchange::try_shortcut() {
  if (!upstream_wire_ && upstream_->body_left() >= kShortcutBytes) upstream_wire_ = join(*upstream_, *client_, upstream_->body_left(), from_upstream_wire_);
}

// What has come goes its ordinary way first.
void Exchange::shorten_tunnel() {
  if (!upstream_wire_ && response_ == Half::open && owed_upstream_ == 0) upstream_wire_ = join(*upstream_, *client_, http::Wire::kEndless, from_upstream_wire_);
  if (!client_wire_ && request_ == Half::open && owed_client_ == 0 && waiting_body_.empty()) client_wire_ = join(*client_, *upstream_, http::Wire::kEndless, from_client_wire_);
}

void Exchange::on_request_moved(std::uint64_t bytes) {
  record_.request_body_bytes += bytes;
  await_upstream();
}

void Exchange::on_response_moved(std::uint64_t bytes) {
  record_.response_body_bytes += bytes;
  await_upstream();
  if (is_tunnel_) return;
  const bool is_complete = upstream_->skip_received(bytes);
  client_->skip_sent(bytes, is_complete ? End::yes : End::no);
  if (!is_complete) return;
  upstream_wire_ = nullptr;
  end_response();
}

void Exchange::on_response_end() {
  if (is_discarding_) return end_discarded();
  if (filters_body()) send_response_body(filtering_->walk().pass_body({}, true));
  // A response without a body ended with its head.
  if (response_trailers_.empty()) {
    client_->send_body({}, End::yes);
  } else {
    client_->send_trailers(response_trailers_);
  }
  end_response();
}

void Exchange::end_response() {
  response_ = Half::ended;
  record_.timeline.mark(ExchangeMark::reply_ended, now());
  if (!is_tunnel_ || request_ == Half::ended) finish();
}

void Exchange::on_upstream_lost(Error error) {
  upstream_wire_ = nullptr;  // went with its connection
  if (is_discarding_) return end_discarded();
  if (error.code == Code::reset) error = {Code::upstream_reset};
  fail(error);
}

}  // namespace gladhand::exchange
