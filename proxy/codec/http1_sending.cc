// The sending half of a message pair: heads and bodies as bytes, framed for the peer at hand. See http1.cc for its states.
#include <cassert>

#include "codec/http1.h"

namespace gladhand::codec {

using http::End;
using http::Framing;
using http::Role;

namespace {

// What stands between the bytes of the body is nothing.
bool is_bare(const Framing& framing) { return framing.kind == Framing::Kind::length || framing.kind == Framing::Kind::tunnel; }

}  // namespace

void Http1::send_head(const http::Head& head, End end) {
  assert(sending_ == Half::idle);
  if (role_ == Role::server) {
    send_response_head(head, end);
  } else {
    send_request_head(head, end);
  }
  if (sending_ == Half::open && end == End::yes) sending_ = Half::ended;
  note_output();
}

void Http1::send_request_head(const http::Head& head, End end) {
  is_head_request_ = head.method == "HEAD";
  is_connect_ = head.method == "CONNECT";
  const bool may_switch = !head.protocol.empty() || is_connect_;
  outgoing_ = end == End::yes || may_switch ? Framing{}
              : head.content_length         ? Framing{Framing::Kind::length, *head.content_length}
                                            : Framing{Framing::Kind::chunked};
  write_request_head(head, outgoing_, out_);
  sending_ = may_switch ? Half::waiting : Half::open;
}

void Http1::send_response_head(const http::Head& head, End end) {
  if (!head.protocol.empty() || (is_connect_ && head.status / 100 == 2)) {
    write_response_head(head, {}, Persistence::implied, out_);
    return open_tunnel();
  }
  if (head.is_informational()) {
    if (!peer_is_http1_0_) write_response_head(head, {}, Persistence::implied, out_);
    return;
  }
  if (receiving_ == Half::waiting) receiving_ = Half::ended;
  if (is_connect_ && has_early_bytes_) is_last_ = true;  // they were for the tunnel, and must not be read as requests
  if (head.abandons_request && receiving_ == Half::open) is_last_ = true;
  // A body that the client will not look for would be taken for the next response.
  const bool is_bodiless = is_head_request_ || head.status == 204 || head.status == 304;
  outgoing_ = is_bodiless           ? Framing{}
              : end == End::yes     ? Framing{Framing::Kind::length, 0}
              : head.content_length ? Framing{Framing::Kind::length, *head.content_length}
              : peer_is_http1_0_    ? Framing{Framing::Kind::until_close}
                                    : Framing{Framing::Kind::chunked};
  if (outgoing_.kind == Framing::Kind::until_close) is_last_ = true;
  write_response_head(head, outgoing_, is_last_ ? Persistence::close : peer_is_http1_0_ ? Persistence::keep_alive : Persistence::implied, out_);
  sending_ = Half::open;
}

void Http1::send_body(Buffer&& body, End end) {
  if (sending_ != Half::open || outgoing_.kind == Framing::Kind::none) {
    body.clear();
  } else if (outgoing_.kind != Framing::Kind::chunked) {
    write_body(std::move(body), out_);
  } else if (!body.empty()) {
    write_chunk(std::move(body), out_);
  }
  if (end == End::yes) return send_trailers({});
  note_output();
}

void Http1::send_trailers(const http::Headers& trailers) {
  if (sending_ == Half::open) {
    if (outgoing_.kind == Framing::Kind::chunked) write_last_chunk(trailers, out_);
    sending_ = Half::ended;
  }
  note_output();
}

void Http1::note_output() {
  if (writable() == 0) was_full_ = true;
  events_.on_change();
}

http::Wire* Http1::receiving_wire() {
  return receiving_ == Half::open && is_bare(incoming_) ? events_.wire() : nullptr;
}

http::Wire* Http1::sending_wire() {
  return sending_ == Half::open && is_bare(outgoing_) ? events_.wire() : nullptr;
}

bool Http1::skip_received(std::uint64_t bytes) {
  body_left_ -= bytes;
  if (body_left_ == 0) receiving_ = Half::ended;
  return body_left_ == 0;
}

void Http1::skip_sent(std::uint64_t, End end) {
  if (end == End::yes) sending_ = Half::ended;
}

void Http1::announce_writable() {
  if (!was_full_ || writable() == 0) return;
  was_full_ = false;
  if (is_gripped()) listener_->on_writable();
}

}  // namespace gladhand::codec
