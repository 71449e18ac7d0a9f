// The way back from libuv's thread pool.
//
// Whoever sends work there gets a Ticket. Dropping it cuts the way back: the answer is thrown away when it comes, and what
// no thread has begun yet is not done at all. Tickets belong to the loop's thread.
#pragma once

#include <uv.h>

#include <memory>
#include <utility>

#include "io/loop.h"

namespace gladhand::io {

class Ticket {
 public:
  struct Errand {
    virtual ~Errand() = default;
    virtual void drop() = 0;
  };

  Ticket() = default;
  explicit Ticket(std::shared_ptr<Errand> errand) : errand_(std::move(errand)) {}
  Ticket(Ticket&&) noexcept = default;
  Ticket& operator=(Ticket&& other) noexcept {
    std::swap(errand_, other.errand_);
    return *this;
  }
  ~Ticket() {
    if (errand_) errand_->drop();
  }

 private:
  std::shared_ptr<Errand> errand_;  // shared with libuv until the answer has come
};

// For io/ only: one request of libuv's, and the function that waits for its answer.
template <class UvRequest, class Answer>
struct PoolErrand : Ticket::Errand {
  UvRequest uv{};
  Answer answer;                          // empty: nobody waits any more
  std::shared_ptr<PoolErrand> in_flight;  // keeps itself until libuv is done with it

  explicit PoolErrand(Answer a) : answer(std::move(a)) { uv.data = this; }
  static PoolErrand& of(UvRequest* request) { return *static_cast<PoolErrand*>(request->data); }

  // Once libuv has taken the request.
  static Ticket sent(std::shared_ptr<PoolErrand> errand) {
    errand->in_flight = errand;
    return Ticket(std::move(errand));
  }
  // In libuv's callback, which may be the errand's end: whom to answer, if anybody.
  static Answer landed(UvRequest* request) {
    const auto self = std::move(of(request).in_flight);
    Loop::of(request->loop).begin_event();
    return std::exchange(self->answer, nullptr);  // the ticket may be dropped inside the answer
  }
  void drop() override {
    answer = nullptr;
    if (in_flight) uv_cancel(reinterpret_cast<uv_req_t*>(&uv));  // too late if a thread has it already
  }
};

}  // namespace gladhand::io
