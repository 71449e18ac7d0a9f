// The listening sockets of all workers, as far as they are the whole process's business: their Fast Open keys, and how full
// their accept queues are.
//
// The descriptors belong to the workers, which close them when they are told to drain. Whoever tells them lets go first.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/loop.h"
#include "net/fast_open.h"
#include "server/snapshot.h"
#include "timeline/records.h"

namespace gladhand::server {

class ListeningSockets final : private io::DeadlineEvents {
 public:
  // The loop's thread is the one that tells the workers to drain.
  ListeningSockets(io::Loop& loop, SnapshotPtr snapshot);

  // Before a worker hears of it: those sockets that it shares with the one before, which are set up anew, stay open, and of the
  // others nothing is wanted any more.
  void adopt(SnapshotPtr snapshot);

  // Of each listener; none after let_go().
  std::vector<timeline::AcceptQueue> accept_queues() const;
  void let_go();

 private:
  static constexpr Nanos kLook = std::chrono::seconds(1);  // at the files of keys; no more than a small read each

  struct Keys {
    std::size_t listener;
    net::FastOpenKeys keys;
    std::optional<net::KeyProblem> problem;  // the last one that was said
  };

  void on_deadline(io::Deadline&) override;
  void look_at(Keys& known);
  void learn_keys();

  SnapshotPtr snapshot_;
  bool are_ours_ = true;
  std::vector<Keys> keys_;
  io::Deadline look_;
};

// What `fast_open` asks of a socket, and `saved_syn`. Warns where the kernel cannot.
void prepare_socket(int listening_fd, const config::Listener& listener, const std::optional<net::FastOpenKeys>& keys);

// Where Fast Open is configured and the network namespace does not let it happen, of which the kernel itself says nothing: what is
// wrong, for each side. kFastOpenCure is the command that helps.
std::vector<std::string> fast_open_problems(const config::Config& config, std::optional<unsigned> allowed_bits);
inline constexpr std::string_view kFastOpenCure = "sysctl -w net.ipv4.tcp_fastopen=3";
// Warns of them.
void advise_on_fast_open(const config::Config& config, std::optional<unsigned> allowed_bits);

}  // namespace gladhand::server
