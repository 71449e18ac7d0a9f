// The halves of one message pair, for a server (a client swaps the two):
//
//   receiving   idle ──head──► open ──last byte──► ended ┐
//                 └──error───────┴──► aborted            ├─ grip dropped ──► idle again; finished, unless both had ended
//   sending     idle ──head──► open ──last byte──► ended ┘
//
// A half that may become a tunnel waits between idle and open: of a server the receiving one, of a client the sending one.
#include "codec/http1.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "codec/http1_head.h"
#include "http/syntax.h"
#include "http/upgrade.h"

namespace gladhand::codec {

using http::Closing;
using http::End;
using http::Framing;
using http::Role;

Http1::Http1(Role role, http::CodecEvents& events, const Settings& settings)
    : role_(role),
      events_(events),
      settings_(settings),
      scanner_(role == Role::server ? HeadScanner::Kind::request : HeadScanner::Kind::response, settings.head),
      guard_(bad(), role == Role::server ? Code::request_header_too_large : Code::response_header_too_large, settings.head,
             role == Role::server ? settings.body_bytes : 0),
      reader_(role) {}

// ---- receiving

bool Http1::may_receive_head() const {
  if (receiving_ != Half::idle) return false;
  if (role_ == Role::client) return sending_ != Half::idle;
  // A request that has begun is still answered, even if no other will be.
  return !is_gripped() && (!is_last_ || scanner_.is_started());
}

Expected<void> Http1::receive(Buffer& in) {
  while (!in.empty()) {
    if (receiving_ == Half::open) {
      if (auto read = receive_body(in); !read) return read;
    } else if (may_receive_head()) {
      if (auto read = receive_head(in); !read) return read;
    } else if (receiving_ == Half::waiting) {
      has_early_bytes_ = true;
      if (is_connect_ && is_gripped()) listener_->on_early_bytes();
      return {};  // of the other protocol, or the next request: the answer tells
    } else if (is_last_) {
      in.clear();
      if (role_ == Role::server && closing_ == Closing::graceful) closing_ = Closing::lingering;
    } else if (role_ == Role::client) {
      // Bytes that nobody asked for would be taken for the answer to the next request.
      is_last_ = true;
      closing_ = Closing::abortive;
      in.clear();
      events_.on_change();
      return failure(Code::unsolicited_bytes, "the endpoint sent more than the answer");
    } else {
      return {};
    }
  }
  return {};
}

Expected<void> Http1::receive_head(Buffer& in) {
  const Slice& front = in.slices().front();
  std::size_t used = 0;
  const auto ended = scanner_.feed(front.view(), used);
  if (!ended) return broken(ended.error());
  if (!*ended || !partial_.empty()) {
    partial_.append(front.view().substr(0, used));
    in.consume(used);
    if (!*ended) return {};
    Block* block = Block::make(partial_.size());
    std::size_t size = 0;
    for (const Slice& piece : partial_.slices()) {
      std::memcpy(block->data() + size, piece.data(), piece.size());
      size += piece.size();
    }
    partial_.clear();
    has_early_bytes_ = !in.empty();
    return accept_head(Slice::adopt(block, block->data(), size));
  }
  Slice raw = front.part(0, used);
  in.consume(used);
  has_early_bytes_ = !in.empty();
  return accept_head(std::move(raw));
}

Expected<void> Http1::accept_head(Slice raw) {
  raw.drop_front(scanner_.leading_bytes());
  scanner_.restart();
  head_.clear();
  arena_.clear();
  guard_.restart();
  trailers_.clear();
  reader_.begin(role_ == Role::client && is_head_request_, role_ == Role::client && is_connect_);
  head_.memory = std::move(raw);
  return role_ == Role::server ? accept_request() : accept_response();
}

Expected<void> Http1::accept_request() {
  ++messages_;
  if (auto read = read_request_head(head_.memory.view(), arena_, head_); !read) return broken(read.error());
  peer_is_http1_0_ = head_.version == http::Version::http1_0;
  is_head_request_ = head_.method == "HEAD";
  is_connect_ = head_.must_change = head_.method == "CONNECT";
  if (!settings_.scheme.empty()) head_.scheme = settings_.scheme;
  const auto framing = http::request_framing(head_);
  if (!framing) return broken(framing.error());
  incoming_ = *framing;
  body_left_ = incoming_.length;
  head_.has_body = incoming_.kind != Framing::Kind::none;
  if (incoming_.kind == Framing::Kind::length) head_.content_length = incoming_.length;
  if (incoming_.kind == Framing::Kind::none && head_.fields.find(http::FieldId::content_length)) head_.content_length = 0;
  if (settings_.body_bytes && incoming_.length > settings_.body_bytes) return broken({Code::body_too_large});
  if (auto agreed = reader_.read(head_.memory, !head_.has_body); !agreed) return broken(agreed.error());
  if (!reader_.keeps_alive() || (settings_.most_messages && messages_ >= settings_.most_messages)) is_last_ = true;

  receiving_ = head_.has_body ? Half::open : Half::ended;
  if (!head_.has_body && !is_connect_) head_.protocol = http::named_protocol(head_);
  if (!head_.protocol.empty() || is_connect_) {
    receiving_ = Half::waiting;
    head_.has_body = true;
  }
  events_.on_stream(*this);
  if (is_gripped()) listener_->on_head(head_);
  if (receiving_ == Half::ended) end_receiving();
  return {};
}

Expected<void> Http1::accept_response() {
  if (auto read = read_response_head(head_.memory.view(), head_); !read) return broken(read.error());
  const bool is_switching = head_.status == 101;
  if (is_switching && sending_ == Half::waiting) head_.protocol = http::named_protocol(head_);
  if (is_switching && head_.protocol.empty()) return broken({Code::bad_response, "101 without an upgrade"});
  if (head_.is_informational() && ++informational_ > kMostInformational) return broken({Code::bad_response, "too many informational responses"});
  const auto framing = http::response_framing(head_, is_head_request_ ? "HEAD" : is_connect_ ? "CONNECT" : "");
  if (!framing) return broken(framing.error());
  incoming_ = *framing;
  body_left_ = incoming_.length;
  head_.has_body = incoming_.kind != Framing::Kind::none;
  if (const http::Field* length = head_.fields.find(http::FieldId::content_length)) head_.content_length = http::content_length(length->value);
  if (auto agreed = reader_.read(head_.memory, !head_.has_body); !agreed) return broken(agreed.error());
  const bool opens_tunnel = is_switching || (is_connect_ && head_.status / 100 == 2);
  if (opens_tunnel) {
    open_tunnel();
    head_.has_body = true;
  }
  if (head_.is_informational() || opens_tunnel) {
    listener_->on_head(head_);
    return {};
  }
  if (sending_ == Half::waiting) sending_ = Half::ended;
  if (!reader_.keeps_alive()) is_last_ = true;
  receiving_ = head_.has_body ? Half::open : Half::ended;
  listener_->on_head(head_);
  if (receiving_ == Half::ended) end_receiving();
  return {};
}

Expected<void> Http1::receive_body(Buffer& in) {
  if (incoming_.kind == Framing::Kind::chunked) return receive_chunks(in);
  const std::size_t size = in.slices().front().size();
  if (incoming_.kind == Framing::Kind::until_close) return deliver_body(in, size, false);
  if (incoming_.kind == Framing::Kind::tunnel) {
    unconsumed_ += in.size();
    listener_->on_body(std::move(in));
    return {};
  }
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, body_left_));
  body_left_ -= wanted;
  return deliver_body(in, wanted, body_left_ == 0);
}

Expected<void> Http1::receive_chunks(Buffer& in) {
  const auto checked = guard_.check(in.slices().front().view());
  if (!checked) return broken(checked.error());
  if (guard_.part() == ChunkGuard::Part::chunks) return deliver_body(in, *checked, false);
  in.consume(*checked);
  return guard_.is_complete() ? receive_trailers() : Expected<void>{};
}

Expected<void> Http1::deliver_body(Buffer& in, std::size_t size, bool is_complete) {
  const auto agreed = reader_.read(in.slices().front().part(0, size), is_complete);
  in.consume(size);
  if (agreed && is_complete) receiving_ = Half::ended;
  if (Buffer body = std::move(reader_.body()); !body.empty()) {
    unconsumed_ += body.size();
    listener_->on_body(std::move(body));
  }
  if (!is_gripped()) return {};
  if (!agreed) return broken(agreed.error());
  if (is_complete) end_receiving();
  return {};
}

// The whole section at once, and strictly first: the two readers would stop at different bytes of a bad one.
Expected<void> Http1::receive_trailers() {
  if (auto read = read_field_lines(guard_.trailers(), bad(), trailers_); !read) return broken(read.error());
  if (auto agreed = reader_.read(Slice::literal(guard_.trailers()), true); !agreed) return broken(agreed.error());
  receiving_ = Half::ended;
  if (!trailers_.empty()) listener_->on_trailers(trailers_);
  end_receiving();
  return {};
}

// The receiving half cannot go on.
Expected<void> Http1::broken(Error error) {
  is_last_ = true;
  if (role_ == Role::server) {
    const bool is_new = !is_gripped();
    receiving_ = Half::aborted;
    closing_ = Closing::lingering;
    if (is_new) events_.on_stream(*this);
    if (is_gripped()) listener_->on_aborted(error);
  } else {
    fail(error);
  }
  return std::unexpected(error);
}

void Http1::open_tunnel() {
  is_last_ = true;
  receiving_ = sending_ = Half::open;
  incoming_ = outgoing_ = {Framing::Kind::tunnel};
}

void Http1::end_receiving() {
  if (is_gripped()) listener_->on_end();
}

void Http1::end_input() {
  is_last_ = true;  // the response to what was asked may still be on its way
  if (receiving_ == Half::open && (incoming_.kind == Framing::Kind::until_close || incoming_.kind == Framing::Kind::tunnel)) {
    receiving_ = Half::ended;
    end_receiving();
  } else if (role_ == Role::server) {
    if (receiving_ == Half::open || receiving_ == Half::waiting) static_cast<void>(broken({Code::client_closed, "the client closed before its request was complete"}));
    if (receiving_ == Half::idle) forget_partial_head();
  } else if (receiving_ == Half::open || scanner_.is_started()) {
    fail({Code::truncated_response, "the connection closed before the answer was complete"});
  } else if (sending_ != Half::idle && receiving_ == Half::idle) {
    fail({Code::upstream_closed, "the connection closed before an answer"});
  }
  events_.on_change();
}

void Http1::abort_input(Error error) {
  if (awaiting() != http::Awaiting::nothing) static_cast<void>(broken(error));
}

void Http1::fail(Error error) {
  give_up();
  http::StreamEvents* listener = is_gripped() ? listener_ : nullptr;
  lose_grip();
  if (listener) listener->on_reset(error);
  settle();
}

// The message on the connection must not look complete to the peer.
void Http1::give_up() {
  is_last_ = true;
  closing_ = Closing::abortive;
  out_.clear();
}

void Http1::forget_partial_head() {
  scanner_.restart();
  partial_.clear();
}

http::Awaiting Http1::awaiting() const {
  if (receiving_ == Half::open) return incoming_.kind == Framing::Kind::tunnel ? http::Awaiting::tunnel : http::Awaiting::body;
  if (!may_receive_head()) return http::Awaiting::nothing;
  return scanner_.is_started() || role_ == Role::client ? http::Awaiting::head : http::Awaiting::message;
}

void Http1::consumed(std::size_t bytes) {
  assert(bytes <= unconsumed_);
  const bool was_closed = !wants_input();
  unconsumed_ -= bytes;
  if (was_closed && wants_input()) events_.on_change();
}

// ---- streams

std::size_t Http1::can_open() const { return role_ == Role::client && !is_last_ && is_idle() ? 1 : 0; }

http::Stream* Http1::open() {
  if (can_open() == 0) return nullptr;
  informational_ = 0;
  ++messages_;
  return this;
}

void Http1::reset(Code) {
  lose_grip();
  on_released();
}

void Http1::on_released() {
  const bool is_over = receiving_ == Half::ended && sending_ == Half::ended;
  if (!is_over && !request_and_response_idle()) {
    if (role_ == Role::server && sending_ == Half::ended) {  // answered before the request was complete
      is_last_ = true;
      closing_ = Closing::lingering;
    } else {
      give_up();
    }
  }
  settle();
}

// Goes on to the next message pair, or to the end.
void Http1::settle() {
  listener_ = nullptr;
  receiving_ = sending_ = Half::idle;
  is_head_request_ = is_connect_ = has_early_bytes_ = peer_is_http1_0_ = false;
  unconsumed_ = 0;
  forget_partial_head();
  events_.on_change();
}

void Http1::drain() {
  is_last_ = true;
  events_.on_change();
}

}  // namespace gladhand::codec
