//   (proxy: opened ──CONNECT──► 2xx ──►) opened ──► asked ──► complete ──► closed
//                  └──────────────── failed, or out of time ─────────────► stopped
#include "cli/probe_attempt.h"

#include <fmt/format.h>

#include "cli/probe_trouble.h"
#include "exchange/websocket.h"
#include "http/upgrade.h"
#include "tls/digest.h"

namespace gladhand::cli {
namespace {

using http::FieldId;

// Of an answer that goes on, so much is read before it is left.
constexpr std::uint64_t kEnoughBytes = 256 * 1024;
constexpr Nanos kEnoughTime = std::chrono::seconds(1);

constexpr std::string_view kUserAgent = "gladhand-probe/" GLADHAND_VERSION;

// A Close frame of status 1000 (RFC 6455 section 5.5.1). Its mask of zeros is as good as any: nothing that a cache on the
// way could be misled by stands in it.
constexpr std::string_view kCloseFrame("\x88\x82\0\0\0\0\x03\xe8", 8);

std::string_view scheme_of(const ProbeUrl& url) { return url.is_tls() ? "https" : "http"; }

}  // namespace

Attempt::Attempt(io::Loop& loop, AttemptEvents& events, timeline::Recorder& recorder, const ProbePlan& plan)
    : TurnTask(loop),
      events_(events),
      plan_(plan),
      target_(loop, *this, recorder, plan.target),
      deadline_(loop.deadlines(), *this),
      patience_(loop.deadlines(), *this) {
  sample_.begun = loop.clock().now();
  deadline_.arm(plan.timeout);
  if (plan.proxy) {
    proxy_.emplace(loop, static_cast<HopEvents&>(*this), recorder, *plan.proxy);
    proxy_->start();
  } else {
    target_.start();
  }
}

void Attempt::on_opened(Hop& hop) {
  const bool is_asked = &hop != &target_ ? ask_for_tunnel() : plan_.url.is_websocket ? ask_for_websocket() : ask_for_page();
  if (!is_asked) fail(hop, {Code::stream_refused, "the server takes no request on its new connection"});
}

bool Attempt::ask_for_tunnel() {
  const std::string target = plan_.url.host_and_port();
  http::Head head;
  head.method = "CONNECT";
  head.target = head.authority = target;
  head.fields.add(FieldId::user_agent, "User-Agent", kUserAgent);
  return proxy_->ask(head, http::End::no);
}

bool Attempt::ask_for_page() {
  http::Head head;
  head.method = "GET";
  head.scheme = scheme_of(plan_.url);
  head.authority = plan_.url.authority;
  head.target = plan_.url.target;
  head.fields.add(FieldId::user_agent, "User-Agent", kUserAgent);
  head.fields.add(FieldId::other, "Accept", "*/*");
  return target_.ask(head, http::End::yes);
}

bool Attempt::ask_for_websocket() {
  key_ = tls::random_key();
  http::Head head;
  head.method = "GET";
  head.scheme = scheme_of(plan_.url);
  head.authority = plan_.url.authority;
  head.target = plan_.url.target;
  head.protocol = "websocket";
  head.fields.add(FieldId::user_agent, "User-Agent", kUserAgent);
  head.fields.add(FieldId::other, "Sec-WebSocket-Version", "13");
  head.fields.add(FieldId::other, "Sec-WebSocket-Key", key_);
  return target_.ask(head, http::End::no);
}

void Attempt::on_answer(Hop& hop, const http::Head& head) {
  if (&hop != &target_) return on_proxy_answer(head);
  sample_.status = head.status;
  sample_.version = http::name(head.version);
  patience_.arm(kEnoughTime);
  if (plan_.url.is_websocket) return on_websocket_answer(head);
  if (head.status >= 400) sample_.trouble = {ProbeExit::status, Code::ok, fmt::format("{} answered {}", plan_.url.text, status_text(head.status))};
}

void Attempt::on_proxy_answer(const http::Head& head) {
  proxy_->leg().exchange.purpose = timeline::Purpose::connect;
  if (head.status / 100 == 2) return target_.start_in(proxy_->take_tunnel());
  const std::string_view why = http::value_of(head.fields, "proxy-status");
  refuse(ProbeExit::http, Code::bad_response,
         fmt::format("the proxy {} does not open a tunnel to {}: {}{}", plan_.via->text, plan_.url.host_and_port(), status_text(head.status),
                     why.empty() ? "" : fmt::format(" ({})", why)));
}

void Attempt::on_websocket_answer(const http::Head& head) {
  if (head.status != 101) {
    const ProbeExit exit = head.status >= 400 ? ProbeExit::status : ProbeExit::http;
    return refuse(exit, Code::ok, fmt::format("{} opens no WebSocket: it answered {}", plan_.url.text, status_text(head.status)));
  }
  http::Head asked;
  asked.fields.add(FieldId::other, "Sec-WebSocket-Key", key_);
  if (!exchange::answers_key(head, asked)) {
    return refuse(ProbeExit::http, Code::bad_response, fmt::format("{} is no WebSocket server: its 101 does not answer our key", plan_.url.text));
  }
  is_websocket_ = true;
  target_.leg().exchange.purpose = timeline::Purpose::websocket;
  complete();
  target_.send(kCloseFrame, http::End::no);
}

void Attempt::on_body(Hop& hop) {
  if (is_websocket_) return target_.send({}, http::End::yes);  // its own Close frame, or what it said before it read ours
  if (hop.leg().exchange.response_body_bytes >= kEnoughBytes) leave_rest();
}

// How long we waited for more is no property of the server.
void Attempt::leave_rest() {
  if (!is_complete_) {
    sample_.is_left = is_complete_ = true;
    sample_.took = target_.leg().exchange.timeline.at(timeline::ExchangeMark::reply_head_received) - sample_.begun;
  }
  request_turn_end();
}

void Attempt::on_answer_ended(Hop&) {
  if (is_websocket_) target_.send({}, http::End::yes);
  complete();
  request_turn_end();
}

void Attempt::complete() {
  if (std::exchange(is_complete_, true)) return;
  sample_.took = loop().now() - sample_.begun;
}

void Attempt::refuse(ProbeExit exit, Code code, std::string text) {
  if (is_complete_) return;
  sample_.trouble = {exit, code, std::move(text)};
  complete();
  request_turn_end();
}

void Attempt::on_failed(Hop& hop, Error error) { fail(hop, error); }

// Of several things that go wrong in one turn, the first is the reason for the others.
void Attempt::fail(Hop& hop, Error error) {
  if (is_complete_) return;
  complete();
  failed_ = &hop;
  error_ = error;
  request_turn_end();
}

void Attempt::on_closed(Hop&) {
  if (failed_ || is_done_) return;
  if (target_.is_over() && (!proxy_ || proxy_->is_over())) done();
}

void Attempt::on_deadline(io::Deadline& deadline) {
  if (&deadline == &patience_) return leave_rest();
  if (!is_complete_) return fail(current(), {Code::timeout});
  stop(Code::ok);  // the answer is what counts, not how long its sender takes to hang up
  done();
}

void Attempt::on_turn_end() {
  if (is_done_ || !is_complete_) return;
  if (!failed_) return current().leave();
  stop(error_.code);
  sample_.trouble = explain(plan_, failed_->leg(), failed_ != &target_, error_);
  done();
}

void Attempt::stop(Code reason) {
  target_.stop(reason);
  if (proxy_) proxy_->stop(Code::ok);
  if (failed_ && failed_ != &target_) failed_->leg().connection.result = reason;
}

void Attempt::done() {
  is_done_ = true;
  events_.on_done(*this);
}

Sample Attempt::take() {
  sample_.target = std::move(target_.leg());
  if (proxy_) sample_.proxy = std::move(proxy_->leg());
  return std::move(sample_);
}

}  // namespace gladhand::cli
