// Listening sockets that the process was started with: by a service manager, as sd_listen_fds(3) has it, or by the process whose
// place it takes (upgrade.h).
//
// They are descriptors from 3 on: $LISTEN_FDS says how many, $LISTEN_PID for whom, $LISTEN_FDNAMES, parted by colons, how each is
// called. Clients may be waiting in them already, and ports below 1024 need no right of ours. A process that hands over its own
// cannot know for whom, and names $GLADHAND_READY_FD instead.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/address.h"

namespace gladhand::server {

class PassedSockets {
 public:
  // None.
  PassedSockets() = default;
  // Those of the environment, from which the variables are removed: whom this process starts must not take them for its own. On
  // the main thread, before there are others.
  static PassedSockets from_environment();

  struct Wanted {
    std::string_view name;
    std::string_view configured;  // the address, as it is written in the configuration
    io::Address address;          // and what it means
  };
  // Of each that is wanted its sockets, which have one name and one address, in the order in which they were passed; none: it
  // binds its own. Where name and address lead to different ones, the name counts, but not of one that is handed over: then it is
  // what is written in the configuration, as in a reload. The caller's to close from then on.
  std::vector<std::vector<int>> deal(const std::vector<Wanted>& wanted);

  // Sentences about what was passed and cannot be listened on, and about what deal() had no use for.
  std::vector<std::string> problems() const;
  // Closes what is handed over and deal() had no use for: the configuration has changed.
  void close_unwanted();

  // How many workers the process that hands its sockets over has at least; 0: there is none.
  std::size_t workers() const;
  // To whom it is told that clients are served; -1: nobody waits for that. The caller's from then on.
  int take_ready_fd() { return std::exchange(ready_fd_, -1); }

 private:
  struct Socket {
    int fd;
    std::string name;
    io::Address address;
    bool is_dealt = false;
  };

  void add(int fd, std::string name);

  int ready_fd_ = -1;
  bool is_handed_over_ = false;
  std::vector<Socket> sockets_;
  std::vector<std::string> problems_;
};

// One socket for each worker: where there are fewer, some share one, by a descriptor of their own. `sockets` has no more than
// `workers`, and at least one. Errors: the errno of dup.
std::expected<std::vector<int>, int> share_out(const std::vector<int>& sockets, std::size_t workers);
// The other way round: each socket once.
std::vector<int> distinct_sockets(const std::vector<int>& sockets);

// What a process calls the sockets of a listener that it hands over: it may be any that a configuration can have.
std::string handed_name(std::string_view name, std::string_view configured_address);

}  // namespace gladhand::server
