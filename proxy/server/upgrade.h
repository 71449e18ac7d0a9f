// Another process in this one's place: the program as it is on disk now, with the same command line, which reads the
// configuration and takes over the listening sockets, so that nobody who waits in one is lost.
//
// It is started as if by a service manager (passed_sockets.h), but is told of each socket what the configuration called it:
// $LISTEN_FDNAMES holds handed_name()s, and $GLADHAND_READY_FD the descriptor to which it says that clients are served.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/child.h"
#include "io/deadline.h"
#include "server/snapshot.h"

namespace gladhand::server {

class Upgrade final : private io::DeadlineEvents {
 public:
  static constexpr Nanos kPatience = std::chrono::seconds(30);  // with a process that does not get ready

  // The new process, which serves; or why it does not, whereupon nothing has changed.
  using Outcome = std::expected<int, std::string>;
  // `on_done` is called once, never from inside the constructor. The sockets are those of `running`.
  Upgrade(io::Loop& loop, const Snapshot& running, std::function<void(const Outcome&)> on_done);
  // A process that is not ready yet is told to end.
  ~Upgrade() override;

 private:
  void on_news(io::Child::News news);
  void on_deadline(io::Deadline&) override;
  void finish(const Outcome& outcome);

  std::function<void(const Outcome&)> on_done_;
  std::string problem_;  // that it began with
  std::unique_ptr<io::Child> child_;
  io::Deadline patience_;
};

// Where this program is: the file that took the place of its own, if one did.
std::string own_path();

}  // namespace gladhand::server
