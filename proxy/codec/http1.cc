// The halves of one message pair, for a server (a client swaps the two):
//
//   receiving   idle ──head──► open ──last byte──► ended ┐
//                 │              └──error──► aborted     ├─ both over, grip dropped ──► idle again, or finished
//   sending     idle ──head──► open ──last byte──► ended ┘
//                                └──reset()──► aborted
#include "codec/http1.h"

#include <algorithm>

#include "codec/http1_head.h"
#include "http/syntax.h"

namespace gladhand::codec {

using http::Closing;
using http::End;
using http::Framing;
using http::Role;

Http1::Http1(Role role, http::CodecEvents& events, const Http1Settings& settings)
    : role_(role),
      events_(events),
      settings_(settings),
      scanner_(role == Role::server ? HeadScanner::Kind::request : HeadScanner::Kind::response, settings.head),
      guard_(bad(), settings.head) {
  llhttp_init(&parser_, role == Role::server ? HTTP_REQUEST : HTTP_RESPONSE, &callbacks());
  parser_.data = this;
}

const llhttp_settings_t& Http1::callbacks() {
  static const llhttp_settings_t settings = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_headers_complete = [](llhttp_t* parser) {
      Http1& self = *static_cast<Http1*>(parser->data);
      parser->upgrade = 0;  // what follows is HTTP until an exchange says otherwise
      self.keeps_alive_ = llhttp_should_keep_alive(parser) != 0;
      return self.role_ == Role::client && self.is_head_request_ ? 1 : 0;
    };
    s.on_body = [](llhttp_t* parser, const char* at, std::size_t size) {
      Http1& self = *static_cast<Http1*>(parser->data);
      self.body_.append(self.feeding_->part(static_cast<std::size_t>(at - self.feeding_->data()), size));
      return 0;
    };
    s.on_message_complete = [](llhttp_t* parser) {
      static_cast<Http1*>(parser->data)->parser_completed_ = true;
      return static_cast<int>(HPE_PAUSED);
    };
    return s;
  }();
  return settings;
}

// ---- receiving

bool Http1::may_receive_head() const {
  if (receiving_ != Half::idle || (is_last_ && request_and_response_idle())) return false;
  return role_ == Role::client ? sending_ != Half::idle : !is_gripped();
}

Expected<void> Http1::receive(Buffer& in) {
  while (!in.empty()) {
    if (receiving_ == Half::open) {
      if (auto read = receive_body(in); !read) return read;
    } else if (may_receive_head()) {
      if (auto read = receive_head(in); !read) return read;
    } else if (role_ == Role::client) {
      // Bytes that nobody asked for would be taken for the answer to the next request.
      is_last_ = true;
      closing_ = Closing::abortive;
      in.clear();
      events_.on_change();
      return failure(Code::unsolicited_bytes, "the endpoint sent more than the answer");
    } else {
      if (is_last_ || receiving_ == Half::aborted) in.clear();
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
    return accept_head(Slice::adopt(block, block->data(), size));
  }
  Slice raw = front.part(0, used);
  in.consume(used);
  return accept_head(std::move(raw));
}

Expected<void> Http1::accept_head(Slice raw) {
  raw.drop_front(scanner_.leading_bytes());
  scanner_.restart();
  head_.clear();
  arena_.clear();
  begin_message();
  const std::string_view text = raw.view();
  head_.memory = std::move(raw);
  return role_ == Role::server ? accept_request(text) : accept_response(text);
}

void Http1::begin_message() {
  llhttp_reset(&parser_);
  parser_completed_ = false;
  body_bytes_ = 0;
  guard_.restart();
  trailers_.clear();
}

Expected<void> Http1::accept_request(std::string_view raw) {
  ++messages_;
  if (auto read = read_request_head(raw, arena_, head_); !read) return broken(read.error());
  peer_is_http1_0_ = head_.version == http::Version::http1_0;
  is_head_request_ = head_.method == "HEAD";
  head_.scheme = settings_.scheme;
  const auto framing = http::request_framing(head_);
  if (!framing) return broken(framing.error());
  incoming_ = *framing;
  body_left_ = incoming_.length;
  head_.has_body = incoming_.kind != Framing::Kind::none;
  if (incoming_.kind == Framing::Kind::length) head_.content_length = incoming_.length;
  if (incoming_.kind == Framing::Kind::none && head_.fields.find(http::FieldId::content_length)) head_.content_length = 0;
  if (settings_.body_bytes && incoming_.length > settings_.body_bytes) return broken({Code::body_too_large});
  if (auto agreed = second_opinion(raw, !head_.has_body); !agreed) return broken(agreed.error());
  if (!keeps_alive_ || (settings_.most_messages && messages_ >= settings_.most_messages)) is_last_ = true;

  receiving_ = head_.has_body ? Half::open : Half::ended;
  events_.on_stream(*this);
  listener_->on_head(head_);
  if (receiving_ == Half::ended) end_receiving();
  return {};
}

Expected<void> Http1::accept_response(std::string_view raw) {
  if (auto read = read_response_head(raw, head_); !read) return broken(read.error());
  if (head_.is_informational() && (head_.status == 101 || ++informational_ > kMostInformational)) {
    return broken({Code::bad_response, head_.status == 101 ? "101 without an upgrade" : "too many informational responses"});
  }
  const auto framing = http::response_framing(head_, is_head_request_ ? "HEAD" : "");
  if (!framing) return broken(framing.error());
  incoming_ = *framing;
  body_left_ = incoming_.length;
  head_.has_body = incoming_.kind != Framing::Kind::none;
  if (const http::Field* length = head_.fields.find(http::FieldId::content_length)) head_.content_length = http::content_length(length->value);
  if (auto agreed = second_opinion(raw, !head_.has_body); !agreed) return broken(agreed.error());
  if (head_.is_informational()) {
    listener_->on_head(head_);
    return {};
  }
  if (!keeps_alive_) is_last_ = true;
  receiving_ = head_.has_body ? Half::open : Half::ended;
  listener_->on_head(head_);
  if (receiving_ == Half::ended) end_receiving();
  return {};
}

Expected<void> Http1::receive_body(Buffer& in) {
  const Slice front = in.slices().front();
  std::size_t size = front.size();
  bool is_complete = false;
  if (incoming_.kind == Framing::Kind::chunked) {
    const auto checked = guard_.check(front.view());
    if (!checked) return broken(checked.error());
    size = *checked;
    is_complete = guard_.is_complete();
    if (role_ == Role::server && settings_.body_bytes && guard_.data_bytes() > settings_.body_bytes) return broken({Code::body_too_large});
  } else if (incoming_.kind == Framing::Kind::length) {
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, body_left_));
    body_left_ -= size;
    is_complete = body_left_ == 0;
  }
  feeding_ = &front;
  const auto agreed = second_opinion(front.view().substr(0, size), is_complete);
  feeding_ = nullptr;
  if (!agreed) return broken(agreed.error());
  in.consume(size);
  return deliver_body(is_complete);
}

Expected<void> Http1::deliver_body(bool is_complete) {
  if (is_complete) receiving_ = Half::ended;
  if (!body_.empty()) {
    unconsumed_ += body_.size();
    if (listener_) {
      listener_->on_body(std::move(body_));
    } else {
      consumed(body_.size());
    }
    body_.clear();
  }
  if (!is_complete || receiving_ != Half::ended) return {};
  if (listener_ && guard_.trailers().size() > 2) {
    if (auto read = read_field_lines(guard_.trailers(), bad(), trailers_); !read) {
      receiving_ = Half::open;
      return broken(read.error());
    }
    listener_->on_trailers(trailers_);
  }
  end_receiving();
  return {};
}

// Lets llhttp read what the strict reading has passed. It must accept the same bytes and see the same end.
Expected<void> Http1::second_opinion(std::string_view bytes, bool ends_message) {
  const llhttp_errno_t error = llhttp_execute(&parser_, bytes.data(), bytes.size());
  const bool used_all = error == HPE_OK || (error == HPE_PAUSED && llhttp_get_error_pos(&parser_) == bytes.data() + bytes.size());
  if (error == HPE_INVALID_METHOD) return failure(Code::not_implemented, "the method is unknown");
  if (!used_all || parser_completed_ != ends_message) {
    body_.clear();
    return failure(bad(), "the message's framing is not beyond doubt");
  }
  return {};
}

// The receiving half cannot go on.
Expected<void> Http1::broken(Error error) {
  is_last_ = true;
  if (role_ == Role::server) {
    const bool is_new = !is_gripped() && receiving_ == Half::idle;
    receiving_ = Half::aborted;
    closing_ = Closing::lingering;
    if (is_new) events_.on_stream(*this);
    if (listener_ && is_gripped()) listener_->on_aborted(error);
  } else {
    receiving_ = Half::aborted;
    closing_ = Closing::abortive;
    http::StreamEvents* listener = is_gripped() ? listener_ : nullptr;
    lose_grip();
    if (listener) listener->on_reset(error);
  }
  settle();
  return std::unexpected(error);
}

void Http1::end_receiving() {
  if (listener_ && is_gripped()) listener_->on_end();
  settle();
}

void Http1::end_input() {
  input_ended_ = true;
  if (receiving_ == Half::open && incoming_.kind == Framing::Kind::until_close) {
    is_last_ = true;
    receiving_ = Half::ended;
    return end_receiving();
  }
  if (role_ == Role::client) {
    is_last_ = true;
    if (receiving_ == Half::open) {
      static_cast<void>(broken({Code::truncated_response, "the connection closed before the body was complete"}));
    } else if (sending_ != Half::idle && receiving_ == Half::idle) {
      static_cast<void>(broken({Code::upstream_closed, "the connection closed before an answer"}));
    }
  } else if (receiving_ == Half::open) {
    static_cast<void>(broken({Code::client_closed, "the client closed before its request was complete"}));
  } else {
    is_last_ = true;  // the response to what was asked may still be on its way
  }
  events_.on_change();
}

void Http1::abort_input(Error error) { static_cast<void>(broken(error)); }

void Http1::fail(Error error) {
  is_last_ = true;
  closing_ = Closing::abortive;
  out_.clear();
  http::StreamEvents* listener = is_gripped() ? listener_ : nullptr;
  lose_grip();
  receiving_ = sending_ = Half::idle;
  if (listener) listener->on_reset(error);
  events_.on_change();
}

http::Awaiting Http1::awaiting() const {
  if (receiving_ == Half::open) return http::Awaiting::body;
  if (!may_receive_head()) return http::Awaiting::nothing;
  return scanner_.is_started() || role_ == Role::client ? http::Awaiting::head : http::Awaiting::message;
}

void Http1::consumed(std::size_t bytes) {
  const bool was_closed = !wants_input();
  unconsumed_ -= bytes;
  if (was_closed && wants_input()) events_.on_change();
}

// ---- sending

http::Stream* Http1::open() {
  if (role_ != Role::client || is_last_ || is_gripped() || !request_and_response_idle()) return nullptr;
  informational_ = 0;
  ++messages_;
  return this;
}

void Http1::send_head(const http::Head& head, End end) {
  if (role_ == Role::client) {
    is_head_request_ = head.method == "HEAD";
    outgoing_ = end == End::yes          ? Framing{}
                : head.content_length    ? Framing{Framing::Kind::length, *head.content_length}
                                         : Framing{Framing::Kind::chunked};
    write_request_head(head, outgoing_, out_);
    sending_ = Half::open;
  } else if (head.is_informational()) {
    if (!peer_is_http1_0_) write_response_head(head, {}, Persistence::implied, out_);
    events_.on_change();
    return;
  } else {
    http::Framing framing;
    if (end == End::no) {
      framing = head.content_length ? Framing{Framing::Kind::length, *head.content_length}
                : peer_is_http1_0_  ? Framing{Framing::Kind::until_close}
                                    : Framing{Framing::Kind::chunked};
    }
    outgoing_ = framing;
    // A request that is still arriving may be larger than anybody wants to read to its end.
    if (framing.kind == Framing::Kind::until_close || receiving_ == Half::aborted) is_last_ = true;
    write_response_head(head, framing, is_last_ ? Persistence::close : peer_is_http1_0_ ? Persistence::keep_alive : Persistence::implied, out_);
    sending_ = Half::open;
  }
  if (end == End::yes) end_sending();
  events_.on_change();
}

void Http1::send_body(Buffer&& body, End end) {
  if (sending_ != Half::open) return body.clear();
  if (!body.empty()) {
    if (outgoing_.kind == Framing::Kind::chunked) {
      write_chunk(std::move(body), out_);
    } else {
      write_body(std::move(body), out_);
    }
  }
  if (end == End::yes) {
    if (outgoing_.kind == Framing::Kind::chunked) write_last_chunk({}, out_);
    end_sending();
  }
  if (writable() == 0) was_full_ = true;
  events_.on_change();
}

void Http1::send_trailers(const http::Headers& trailers) {
  if (sending_ != Half::open) return;
  if (outgoing_.kind == Framing::Kind::chunked) write_last_chunk(trailers, out_);
  end_sending();
  events_.on_change();
}

void Http1::end_sending() {
  sending_ = Half::ended;
  settle();
}

void Http1::announce_writable() {
  if (!was_full_ || writable() == 0) return;
  was_full_ = false;
  if (listener_ && is_gripped()) listener_->on_writable();
}

void Http1::reset(Code) {
  lose_grip();
  on_released();
}

void Http1::on_released() {
  listener_ = nullptr;
  if (role_ == Role::server) {
    if (sending_ != Half::ended) {
      sending_ = Half::aborted;
      closing_ = Closing::abortive;
      out_.clear();
    } else if (receiving_ != Half::ended) {
      closing_ = Closing::lingering;  // answered before the request was complete
    }
  } else if (sending_ != Half::idle && (sending_ != Half::ended || receiving_ != Half::ended)) {
    sending_ = Half::aborted;
    closing_ = Closing::abortive;
  }
  settle();
}

// Goes on to the next message pair, or to the end, once nobody holds the current one.
void Http1::settle() {
  if (is_gripped()) return;
  const bool is_over = receiving_ == Half::ended && sending_ == Half::ended;
  if (!is_over) is_last_ |= !request_and_response_idle();
  listener_ = nullptr;
  receiving_ = sending_ = Half::idle;
  was_full_ = false;
  unconsumed_ = 0;
  events_.on_change();
}

void Http1::drain() {
  is_last_ = true;
  events_.on_change();
}

}  // namespace gladhand::codec
