#include "cli/event_clock.h"

#include <fmt/format.h>

#include <chrono>
#include <ctime>

namespace gladhand::cli {
namespace {

// UTC, in milliseconds (RFC 3339).
std::string time_of_day() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc;
  gmtime_r(&seconds, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
  return fmt::format("{}.{:03}Z", stamp, std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000);
}

}  // namespace

EventClock::EventClock(server::Channel& client, std::uint64_t count, Nanos pause)
    : client_(client), count_(count), pause_(pause), next_(client.loop().deadlines(), *this) {
  tell();
}

void EventClock::on_writable() {
  if (!next_.is_armed()) tell();
}

void EventClock::tell() {
  if (client_.writable() == 0) return;  // on_writable goes on
  Buffer event;
  event.append(fmt::format("id: {}\ndata: {}\n\n", ++told_, time_of_day()));
  client_.loop().begin_event();  // the pause is counted from behind the stamp
  client_.send(std::move(event));
  if (told_ == count_) return client_.end();
  next_.arm(pause_);
}

}  // namespace gladhand::cli
