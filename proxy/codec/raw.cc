//   receiving   idle ──answered──► open ──peer's FIN──► ended ┐
//                                                             ├─ grip dropped ──► finished; abortively, unless both had ended
//   sending     idle ──send_head──► open ──end of body──► ended ┘
#include "codec/raw.h"

#include <utility>

namespace gladhand::codec {

using http::End;

http::Stream* Raw::open() { return std::exchange(is_fresh_, false) ? this : nullptr; }

void Raw::send_head(const http::Head&, End end) {
  sending_ = end == End::yes ? Half::ended : Half::open;
  events_.on_change();  // answered at the turn's end
}

void Raw::answer() {
  receiving_ = Half::open;
  head_.clear();
  head_.status = 200;
  head_.reason = "Connection established";
  head_.has_body = true;
  listener_->on_head(head_);
}

Expected<void> Raw::receive(Buffer& in) {
  if (is_fresh_) return {};
  if (receiving_ == Half::idle && sending_ != Half::idle && is_gripped()) answer();
  if (receiving_ != Half::open || !is_gripped()) {
    in.clear();
    return {};
  }
  unconsumed_ += in.size();
  listener_->on_body(std::move(in));
  in.clear();
  return {};
}

void Raw::end_input() {
  if (is_fresh_) return fail({Code::upstream_closed});
  if (receiving_ == Half::idle && is_gripped()) answer();
  if (receiving_ == Half::open) {
    receiving_ = Half::ended;
    if (is_gripped()) listener_->on_end();
  }
  events_.on_change();
}

void Raw::fail(Error error) {
  is_fresh_ = false;
  closing_ = http::Closing::abortive;
  if (!is_gripped()) return events_.on_change();
  http::StreamEvents& listener = *listener_;
  lose_grip();
  events_.on_change();
  listener.on_reset(error);
}

void Raw::announce_writable() {
  if (!is_gripped()) return;
  if (receiving_ == Half::idle && sending_ != Half::idle) answer();
  if (!is_gripped() || !was_full_ || writable() == 0) return;
  was_full_ = false;
  listener_->on_writable();
}

void Raw::send_body(Buffer&& body, End end) {
  if (sending_ == Half::open) out_.append(std::move(body));
  body.clear();
  if (end == End::yes) sending_ = Half::ended;
  if (writable() == 0) was_full_ = true;
  events_.on_change();
}

void Raw::consumed(std::size_t bytes) {
  unconsumed_ -= bytes;
  events_.on_change();
}

void Raw::reset(Code) {
  lose_grip();
  on_released();
}

void Raw::on_released() {
  listener_ = nullptr;
  if (receiving_ != Half::ended || sending_ != Half::ended) {
    closing_ = http::Closing::abortive;
    out_.clear();
  }
  events_.on_change();
}

}  // namespace gladhand::codec
