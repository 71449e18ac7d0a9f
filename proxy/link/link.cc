//   open ──codec finished, handshake over──► lingering ──peer's FIN, or time──► closed
//     └────── any failure, or nothing to linger for ───────────────┘
#include "link/link.h"

#include "io/relay.h"
#include "io/splice.h"

namespace gladhand::link {

using Closer = timeline::CloseFacts::Closer;
using Manner = timeline::CloseFacts::Manner;

void Link::join(std::unique_ptr<net::Transport> transport) {
  transport_ = std::move(transport);
  if (transport_->is_ready()) events_.on_ready();
  regulate_reading();
}

void Link::on_early() {
  events_.on_early();
  request_turn_end();
}

void Link::on_connected() {
  if (state_ == State::open) events_.on_connected();
}

void Link::on_ready() {
  events_.on_ready();
  regulate_reading();
  request_turn_end();
}

void Link::on_bytes(Slice bytes) {
  record_.bytes_in += bytes.size();
  if (state_ != State::open) return;
  in_.append(std::move(bytes));
  receive();
  regulate_reading();  // not only at the turn's end: libuv reads up to 32 times before it
  request_end();
}

void Link::receive() {
  if (!codec_) return;
  if (!is_recognized_ && !has_ended_ && !(is_recognized_ = events_.on_first_bytes(in_))) return;
  if (auto read = codec_->receive(in_); !read) in_.clear();  // the codec has told its streams and will be finished
  if (has_ended_ && !end_delivered_ && in_.empty()) {
    end_delivered_ = true;
    // In a tunnel the other protocol has a goodbye of its own.
    if (transport_->is_cut_off() && codec_->awaiting() != http::Awaiting::tunnel) return fail({Code::truncated_tls});
    codec_->end_input();
  }
}

void Link::on_end() {
  if (state_ == State::closed) return;
  has_ended_ = true;
  note_rest();
  note_end(Closer::peer, Manner::fin);
  if (state_ == State::lingering) return close(closed_by_);
  receive();
  request_turn_end();
}

void Link::on_change() {
  if (state_ != State::open) return;
  if (codec_->pending_bytes() >= kFlushAtOnce && transport_->backlog() == 0) flush();
  request_end();
}

void Link::on_turn_end() {
  if (state_ == State::closed) {
    if (!std::exchange(is_reported_, true)) events_.on_closed(closed_by_);
    return;
  }
  if (state_ == State::lingering || !codec_) return;
  if (!in_.empty() || (has_ended_ && !end_delivered_)) receive();
  if (state_ != State::open) return;
  if (gathers_more()) return request_next_turn_end();
  flush();
  if (transport_->can_send() && transport_->backlog() < kBacklogHigh) codec_->announce_writable();
  if (codec_->pending_bytes() > 0) flush();
  if (state_ != State::open) return;
  if (codec_->has_ended_output() && backlog() == 0 && !std::exchange(has_said_goodbye_, true)) {
    note_end(Closer::us, Manner::fin);
    transport_->goodbye();
    transport_->end();
  }
  if (codec_->is_finished() && backlog() == 0 && transport_->is_ready()) finish();
  if (state_ != State::open) return;
  regulate_reading();
  events_.on_progress();
}

// Where streams share the connection, others may soon have something to send, too: a system call costs more than many frames.
bool Link::gathers_more() {
  const std::size_t pending = codec_->pending_bytes();
  if (codec_->is_shared() && pending > gathered_) {
    const Nanos now = loop().now();
    if (gathered_ == 0) gathers_until_ = now + kMostGathering;
    gathered_ = pending;
    if (now < gathers_until_) return true;
  }
  gathered_ = 0;
  return false;
}

void Link::flush() {
  while (transport_->can_send() && codec_->pending_bytes() > 0 && transport_->backlog() < kBacklogHigh) {
    Buffer out;
    codec_->produce(out);
    if (out.empty()) return;
    record_.bytes_out += out.size();
    if (codec_->is_finished() && codec_->pending_bytes() == 0 && transport_->is_ready()) {
      transport_->send_last(out);
    } else {
      transport_->send(out);
    }
  }
}

bool Link::start_moving(http::Wire& to, std::uint64_t bytes, http::WireEvents& events) {
  Link& other = static_cast<Link&>(to);  // there is no other kind of wire
  if (moving_ || state_ != State::open || other.state_ != State::open || !in_.empty() || has_ended_) return false;
  other.flush();
  if (other.backlog() > 0) return false;
  io::MoverEvents& self = *this;
  io::Tcp &source = *transport_->bare_socket(), &target = *other.transport_->bare_socket();
  if (bytes == kEndless) {
    auto relay = std::make_unique<io::Relay>(loop(), source, target, self);
    if (!relay->is_ready()) return false;
    moving_.emplace(other, events, std::move(relay));
    return true;
  }
  auto splice = std::make_unique<io::Splice>(source, target, bytes, self);
  if (!splice->is_ready()) return false;
  moving_.emplace(other, events, std::move(splice));
  return true;
}

void Link::stop_moving() {
  tell();
  moving_.reset();
}

void Link::tell() {
  if (moving_) moving_->mover->settle();
}

void Link::on_moved(std::size_t bytes) {
  record_.bytes_in += bytes;
  moving_->to.record_.bytes_out += bytes;
  moving_->untold += bytes;
  http::WireEvents& events = moving_->events;
  const bool is_done = moving_->mover->is_done();
  const bool is_held_up = moving_->mover->is_held_up();
  // Where bytes just go through, nothing changes that a deadline depends on.
  if (is_done || bytes == 0 || moving_->to.transport_->backlog() > 0) {
    moving_->to.wake();
    request_turn_end();
  }
  if (!is_done && is_held_up) return;
  const std::uint64_t told = std::exchange(moving_->untold, 0);
  if (is_done) moving_.reset();
  events.on_moved(told);
}

void Link::regulate_reading() {
  const bool wants = (!codec_ || codec_->wants_input()) && in_.size() < kLeftoverHigh && !has_ended_;
  // Where streams share it there is always something to hear, and to date: an acknowledgement, a goodbye.
  if (wants && transport_->is_fresh() && codec_ && !codec_->is_multiplexed() && codec_->awaiting() == http::Awaiting::nothing) {
    if (!deadline_.is_armed()) deadline_.arm(kUnwatched);
    return read(false);
  }
  read(wants);
}

void Link::read(bool wants) {
  if (wants == is_reading_) return;
  is_reading_ = wants;
  if (wants) {
    // When it came, nobody saw.
    if (record_.bytes_in > 0 && record_.close.closer == Closer::unknown && transport_->has_end_come()) record_.close.is_dated = false;
    transport_->start_reading();
  } else {
    transport_->stop_reading();
  }
}

// The codec has nothing more to say: the connection is closed the way it wants, once everything is in the kernel's hands.
void Link::finish() {
  const http::Closing manner = codec_->closing();
  if (manner == http::Closing::abortive) {
    note_end(Closer::us, Manner::rst);
    transport_->abort();
    return close({});
  }
  if (!std::exchange(has_said_goodbye_, true)) transport_->goodbye();
  if (backlog() > 0) return;
  if (manner == http::Closing::graceful) return close({});
  linger();
}

void Link::leave() {
  if (state_ != State::open || !codec_) return;
  codec_->drain();
  if (codec_->is_finished() && codec_->closing() != http::Closing::graceful) return request_turn_end();  // it ends otherwise
  flush();
  if (!std::exchange(has_said_goodbye_, true)) transport_->goodbye();
  linger();
}

void Link::linger() {
  state_ = State::lingering;
  in_.clear();
  note_end(Closer::us, Manner::fin);
  transport_->end();
  if (has_ended_) return close({});
  read(true);
  deadline_.arm(kLinger);
  events_.on_progress();
}

void Link::on_failed(Error error) {
  note_rest();
  if (error.code == Code::reset) note_end(Closer::peer, Manner::rst);
  if (error.code == Code::unreachable || error.code == Code::connect_timeout) note_end(Closer::peer, Manner::lost);
  fail(error);
}

// Before the codec hears of the end, which leaves nothing to tell.
void Link::note_rest() {
  if (record_.close.closer == Closer::unknown) record_.close.is_idle = codec_ && codec_->is_idle() && !codec_->is_finished();
}

// Only the first sign counts: of what comes behind it, nothing is said. What carries bytes already, by Fast Open, need not be
// a connection yet.
void Link::note_end(Closer closer, Manner manner) {
  const bool is_there = transport_->is_ready() && record_.timeline.has(timeline::ConnectionMark::connected);
  if (!is_there || record_.close.closer != Closer::unknown) return;
  record_.close.closer = closer;
  record_.close.manner = manner;
  events_.on_closing();
}

void Link::fail(Error error) {
  if (state_ == State::closed) return;
  tell();  // while there is somebody to hear it
  note_rest();
  if (state_ == State::open && codec_) {
    codec_->fail(error);
    flush();  // its goodbye, if it has one
    if (transport_->is_ready()) transport_->goodbye();
  }
  close(error);
}

void Link::close(Error error) {
  if (state_ == State::closed) return;
  note_end(Closer::us, Manner::fin);
  record_.close.is_complete = has_ended_ || record_.close.manner == Manner::rst;
  state_ = State::closed;
  stop_moving();
  closed_by_ = error;
  request_turn_end();
}

void Link::on_deadline(io::Deadline&) {
  if (state_ != State::open) return close(closed_by_);
  read(true);
}

}  // namespace gladhand::link
