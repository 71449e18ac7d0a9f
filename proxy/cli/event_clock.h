// Server-sent events that tell the time (WHATWG HTML section 9.2): the first at once, each numbered.
#pragma once

#include <cstdint>

#include "io/deadline.h"
#include "server/service.h"

namespace gladhand::cli {

class EventClock final : public server::Sequel, private io::DeadlineEvents {
 public:
  // `count` events, `pause` apart. A client that does not read gets its next one when it does.
  EventClock(server::Channel& client, std::uint64_t count, Nanos pause);

 private:
  void on_writable() override;
  void on_deadline(io::Deadline&) override { tell(); }
  void tell();

  server::Channel& client_;
  const std::uint64_t count_;
  const Nanos pause_;
  std::uint64_t told_ = 0;
  io::Deadline next_;
};

}  // namespace gladhand::cli
