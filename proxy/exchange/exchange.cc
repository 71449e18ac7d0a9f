//   request    idle ──head──► open ──last byte──► ended
//   response   idle ──final head──► open ──last byte──► ended ──► finish()
//   either     ──failure──► retry | local reply | reset ────────► finish()
//
// A request that asks for a tunnel, by CONNECT or by a change of protocol, stays open until it is answered. 2xx or 101 makes a
// tunnel of the exchange, which is over when both directions have ended.
#include "exchange/exchange.h"

#include "exchange/local_reply.h"
#include "exchange/rewrite.h"
#include "exchange/websocket.h"
#include "http/upgrade.h"

namespace gladhand::exchange {

using http::End;
using timeline::ExchangeMark;
using timeline::Purpose;

namespace {

Purpose purpose_of(const http::Head& request) {
  if (request.method == "CONNECT") return Purpose::connect;
  if (request.protocol.empty()) return Purpose::any;
  return http::is_websocket(request.protocol) ? Purpose::websocket : Purpose::upgrade;
}

}  // namespace

Exchange::Exchange(const Services& services, Store& home) : services_(services), home_(home), deadline_(services.loop.deadlines(), *this) {}

Exchange::~Exchange() = default;

void Exchange::begin(http::Stream& stream, ExchangeHost& host, const http::ForwardingRules& rules, const timeline::ConnectionRecord& client) {
  host_ = &host;
  rules_ = &rules;
  route_ = nullptr;
  cluster_ = nullptr;
  endpoint_ = nullptr;
  filtering_.reset();
  request_ = response_ = Half::idle;
  is_running_ = true;
  was_reused_ = has_retried_ = sent_body_ = is_tunnel_ = is_discarding_ = false;
  pushes_.clear();
  request_head_.clear();
  request_trailers_.clear();
  response_trailers_.clear();
  owed_client_ = owed_upstream_ = 0;
  early_since_.reset();
  record_ = {};
  record_.client = &client;
  record_.listener = services_.listener;
  record_.is_first_of_client = client.exchanges == 1;
  client_ = http::StreamGrip(stream);
  stream.listen(from_client_);
  services_.recorder.request_received(record_.listener);
}

// ---- the request

void Exchange::on_request(http::Head& head) {
  record_.timeline.mark(ExchangeMark::head_received, now());
  std::swap(request_head_, head);
  request_ = Half::open;
  record_.purpose = purpose_of(request_head_);
  record_.method = request_head_.method;
  record_.scheme = request_head_.scheme;
  record_.authority = request_head_.authority;
  record_.target = request_head_.target;
  record_.version = http::name(request_head_.version);
  record_.user_agent = request_head_.fields.value(http::FieldId::user_agent);
  record_.referer = request_head_.fields.value(http::FieldId::referer);
  field_log_.on_request(request_head_);
  if (auto fit = http::check_request(request_head_); !fit) return fail(fit.error());
  if (host_->is_early()) record_.early = may_go_early() ? timeline::Early::forwarded : timeline::Early::held;
  if (record_.early != timeline::Early::held) go_on();
}

// What a replay cannot do harm by (RFC 9110 section 9.2.1), towards servers of which the operator knows that they will say so
// where it can (RFC 8470 section 5.1): a forward proxy's targets may be any. What they say so with, 425, is the client's to
// act upon: who sends early data asks again (section 5.2). Plugins that judge handshakes have to see this one's end first.
bool Exchange::may_go_early() const {
  if (services_.plugins.judge_handshakes(services_.listener_index)) return false;
  return http::is_safe(request_head_.method) && !request_head_.has_body && !asks_for_tunnel() && !services_.gate;
}

void Exchange::on_client_ready() {
  if (record_.early == timeline::Early::held) go_on();
}

void Exchange::go_on() {
  if (services_.gate) return pass(*services_.gate);
  if (rules_->redirect_port) return redirect(rules_->redirect_port);
  route();
}

void Exchange::redirect(std::uint16_t port) {
  if (is_connect()) return fail({Code::method_not_allowed});
  if (request_head_.authority.empty()) return fail({Code::bad_request, "a client that names no host cannot be redirected"});
  record_.status = kRedirectStatus;
  send_redirect(*client_, request_head_, port, arena_, field_log_);
  response_ = Half::ended;
  record_.timeline.mark(ExchangeMark::reply_ended, now());
  finish();
}

void Exchange::route() {
  if (is_connect()) return fail({Code::method_not_allowed});
  if (host_->is_misdirected(request_head_.authority)) return fail({Code::misdirected_request});
  const std::uint16_t index = services_.router.match(request_head_.authority, request_head_.target);
  if (index != timeline::kNone) {
    route_ = &services_.routes[index];
    record_.route = services_.route_ids[index];
    request_head_.target = rewritten(request_head_.target, route_->rewrite, arena_);
    cluster_ = services_.clusters[route_->upstream_index].get();
  }
  admit();
}

void Exchange::pass(Gate& gate) {
  if (const auto is_known = gate.knows(request_head_)) return on_client_known(*is_known);
  who_ = gate.ask_who(request_head_, [this](bool is_known) { on_client_known(is_known); });
  if (!who_) fail({Code::authentication_overload});
}

void Exchange::on_client_known(bool is_known) {
  if (!is_known) return fail({Code::proxy_authentication_required});
  const auto target = services_.gate->target(request_head_);
  if (!target) return fail(target.error());
  cluster_ = *target;
  admit();
}

// Plugins see the head as the upstream is to have it. Without a route, those of the listener may still answer.
void Exchange::admit() {
  const auto route = route_ ? static_cast<std::uint16_t>(route_ - services_.routes.data()) : timeline::kNone;
  const filter::Chain& chain = services_.plugins.of(services_.listener_index, route);
  if (!cluster_ && chain.empty()) return fail({Code::no_route});
  if (http::is_websocket(request_head_.protocol)) {
    if (auto fit = http::check_websocket_request(request_head_); !fit) return fail(fit.error());
    add_key(request_head_, arena_);
  }
  http::forward_request(request_head_, *rules_, arena_);
  if (record_.early == timeline::Early::forwarded) http::say_early(request_head_);
  if (chain.empty()) return go_to(*cluster_);
  filtering_ = std::make_unique<Filtering>(services_.asides, chain, record_, request_head_, arena_, [this](filter::Verdict verdict) { on_filtered(verdict); });
  filtering_->pass_request();
}

void Exchange::on_filtered(filter::Verdict verdict) {
  if (verdict == filter::Verdict::answered) return answer();
  if (verdict == filter::Verdict::aside) return fail({Code::plugin_overload});
  record_.timeline.mark(ExchangeMark::filtered, now());
  if (!cluster_) return fail({Code::no_route});
  go_to(*cluster_);
}

void Exchange::answer() {
  auto [head, body] = filtering_->walk().take_answer();
  record_.error = Code::answered_by_plugin;
  record_.status = head.status;
  head.abandons_request = true;
  const bool has_body = head.has_body && record_.method != "HEAD";
  field_log_.on_response(head);
  client_->send_head(head, has_body ? End::no : End::yes);
  if (has_body) send_response_body(std::move(body));
  if (has_body) client_->send_body({}, End::yes);
  response_ = Half::ended;
  record_.timeline.mark(ExchangeMark::reply_ended, now());
  finish();
}

void Exchange::go_to(upstream::Cluster& cluster) {
  record_.upstream_index = cluster.id();
  // One instant with two names: reading the clock twice would tell nothing and cost something.
  const Nanos routed = now();
  record_.timeline.mark(ExchangeMark::routed, routed);
  record_.timeline.mark(ExchangeMark::upstream_asked, routed);
  cluster.retry_budget().note_request(routed);
  ask(true);
}

void Exchange::on_request_body(Buffer&& body) {
  const std::size_t size = body.size();
  record_.request_body_bytes += size;
  owed_client_ += size;
  if (takes_body()) return send_request_body(std::move(body));
  note_early_bytes();
  waiting_body_.append(std::move(body));
}

void Exchange::note_early_bytes() {
  if (!early_since_) early_since_ = now();
}

void Exchange::send_request_body(Buffer&& body) {
  sent_body_ = true;
  // What a client did not wait to say counts from when it came, though nobody looked on then.
  const Nanos came = early_since_.value_or(now());
  early_since_.reset();
  if (onlooker_.is_watching()) onlooker_.from_client(body, came);
  upstream_->send_body(std::move(body), End::no);
  await_upstream();
  pay_client();
  note_tunnel();
}

void Exchange::on_request_end() {
  request_ = Half::ended;
  record_.timeline.mark(ExchangeMark::request_ended, now());
  if (takes_body()) send_request_end();
  if (is_tunnel_ && response_ == Half::ended) finish();
}

void Exchange::send_request_end() {
  if (request_trailers_.empty()) {
    upstream_->send_body({}, End::yes);
  } else {
    upstream_->send_trailers(request_trailers_);
  }
  await_upstream();
}

void Exchange::on_request_aborted(Error error) { fail(error); }

void Exchange::on_client_lost(Error error) {
  client_wire_ = nullptr;  // went with its connection
  record_.error = error.code == Code::reset ? Code::client_reset : error.code == Code::ok ? Code::client_closed : error.code;
  finish();
}

// ---- the upstream's stream

void Exchange::ask(bool may_reuse, const upstream::Endpoint* last) {
  ++record_.attempts;
  deadline_.arm(cluster_->settings().timeouts.first_byte);
  endpoint_ = &cluster_->pick(sticky_id(), last);
  share_ = endpoint_->take_share();
  if (asks_for_tunnel() && !endpoint_->can_change()) {
    if (request_head_.must_change) return fail({Code::not_implemented, "the endpoint cannot change to another protocol"});
    drop_upgrade();
  }
  auto lease = asks_for_tunnel() ? endpoint_->ask_to_change(*this, may_reuse) : endpoint_->ask(*this, may_reuse);
  if (!lease) return fail(lease.error());
  if (lease->grip) on_stream_ready(std::move(lease->grip), *lease->connection);
}

void Exchange::on_resolved() { record_.timeline.mark_first(ExchangeMark::resolved, now()); }

void Exchange::on_stream_ready(http::StreamGrip grip, const upstream::Connection& connection) {
  const Nanos ready = now();
  record_.timeline.mark(ExchangeMark::upstream_ready, ready);
  upstream_ = std::move(grip);
  upstream_->listen(from_upstream_);
  was_reused_ = connection.is_reused();
  record_.upstream = &connection.record();
  record_.endpoint = connection.record().peer;
  record_.is_first_of_upstream = !was_reused_;
  const bool keeps_host = (!route_ || route_->preserve_host) && !record_.authority.empty();
  request_head_.authority = keeps_host ? record_.authority : endpoint_->authority();
  upstream_->send_head(request_head_, request_head_.has_body ? End::no : End::yes);
  if (!is_connect()) record_.timeline.mark(ExchangeMark::head_sent, ready);  // of which nothing leaves
  send_what_waited();
  await_upstream();
}

// What came of the request before the upstream would take it.
void Exchange::send_what_waited() {
  if (!takes_body()) return;
  if (!waiting_body_.empty()) send_request_body(std::move(waiting_body_));
  waiting_body_.clear();
  if (request_ == Half::ended) send_request_end();
}

// A server may ignore Upgrade, and answer in the protocol that is spoken (RFC 9110 section 7.8).
void Exchange::drop_upgrade() {
  request_head_.protocol = {};
  record_.purpose = Purpose::any;
  request_head_.has_body = false;
  request_ = Half::ended;
}

void Exchange::on_stream_failed(Error error) { fail(error); }

// ---- both

// Restarts the wait for the upstream's next sign of life.
void Exchange::await_upstream() {
  const config::UpstreamTimeouts& timeouts = cluster_->settings().timeouts;
  if (is_tunnel_) return deadline_.arm(timeouts.tunnel);
  const bool is_asked = request_ == Half::ended || asks_for_tunnel();
  deadline_.arm(is_asked && response_ == Half::idle ? timeouts.first_byte : timeouts.idle);
}

void Exchange::on_deadline(io::Deadline&) {
  if (is_discarding_) return end_discarded();
  // The upstream is not late while it is we who keep it waiting, or the client who keeps us.
  if (owed_upstream_ > 0 || (upstream_wire_ && upstream_wire_->is_held_up())) return await_upstream();
  if (is_tunnel_) {
    for (http::Wire* wire : {client_wire_, upstream_wire_}) {
      if (wire) wire->tell();
    }
    if (deadline_.is_armed()) return;  // it was in use
    return owed_client_ > 0 || (client_wire_ && client_wire_->is_held_up()) ? await_upstream() : fail({Code::tunnel_idle});
  }
  // Nor while it has taken all that came of the request: then the client's own deadline is the one that counts.
  if (upstream_ && request_ == Half::open && response_ == Half::idle && owed_client_ == 0 && !asks_for_tunnel()) return await_upstream();
  if (response_ != Half::idle) return fail({Code::upstream_idle});
  if (!upstream_) return fail({Code::pool_overflow, "no connection became free in time"});
  fail({Code::response_timeout});
}

void Exchange::pay_client() {
  if (owed_client_ == 0 || !client_ || (upstream_ && upstream_->writable() == 0)) return;
  client_->consumed(std::exchange(owed_client_, 0));
}

void Exchange::pay_upstream() {
  if (owed_upstream_ == 0 || !upstream_ || (client_ && client_->writable() == 0)) return;
  upstream_->consumed(std::exchange(owed_upstream_, 0));
}

void Exchange::keep_trailers(const http::Headers& trailers, http::Headers& kept) {
  for (const http::Field& field : trailers) kept.add(field.id, arena_.copy(field.name), arena_.copy(field.value));
  http::forward_trailers(kept);
}

void Exchange::fail(Error error) {
  give_up();
  const Again again = judge_attempt(error.code, 0);
  if (again != Again::no) {
    const bool had_stream = record_.upstream != nullptr;
    has_retried_ |= had_stream;
    forget_attempt();
    return ask(!had_stream, again == Again::elsewhere ? endpoint_ : nullptr);
  }
  upstream_.drop();
  record_.error = error.code;
  if (response_ == Half::idle && client_ && row(error.code).status != 0) {
    record_.status = row(error.code).status;
    send_local_reply(*client_, error, record_.method == "HEAD", arena_, field_log_);
    response_ = Half::ended;
    record_.timeline.mark(ExchangeMark::reply_ended, now());
  }
  finish();
}

void Exchange::finish() {
  if (!std::exchange(is_running_, false)) return;
  give_up();
  who_.reset();
  if (filtering_) filtering_->finish();
  for (http::Wire** wire : {&client_wire_, &upstream_wire_}) {
    if (*wire) std::exchange(*wire, nullptr)->stop_moving();  // which tells of the last bytes
  }
  deadline_.disarm();
  // Mostly the instant at which the response ended, which was just marked.
  const Nanos ended = record_.timeline.at(ExchangeMark::reply_ended);
  record_.timeline.mark(ExchangeMark::finished, response_ == Half::ended ? ended : now());
  if (!record_.tunnel) record_.tunnel = onlooker_.facts();
  onlooker_.end();
  services_.recorder.exchange_ended(record_);
  // Whatever is unfinished is reset: a client sees a response that broke off as broken off.
  upstream_.drop();
  share_ = {};
  client_.drop();
  waiting_body_.clear();
  host_->on_exchange_finished(*this);
}

}  // namespace gladhand::exchange
