// A network namespace for the calling thread, with a loopback interface and nothing else, for as long as the object lives.
//
// Needs the right to make one: where is_there() says no, the test can only be skipped.
#pragma once

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <string>

namespace gladhand::test {

class OwnNetwork {
 public:
  // `fast_open`: net.ipv4.tcp_fastopen. 3 lets clients and servers use it.
  explicit OwnNetwork(int fast_open) : before_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
    is_there_ = before_ >= 0 && unshare(CLONE_NEWNET) == 0;
    if (!is_there_) return;
    start_loopback();
    allow_fast_open(fast_open);
  }
  ~OwnNetwork() {
    if (is_there_) setns(before_, CLONE_NEWNET);
    if (before_ >= 0) close(before_);
  }
  OwnNetwork(const OwnNetwork&) = delete;
  OwnNetwork& operator=(const OwnNetwork&) = delete;

  bool is_there() const { return is_there_; }
  void allow_fast_open(int bits) { std::ofstream("/proc/sys/net/ipv4/tcp_fastopen") << bits; }

 private:
  static void start_loopback() {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    ioctl(fd, SIOCSIFFLAGS, &request);
    close(fd);
  }

  int before_;
  bool is_there_ = false;
};

}  // namespace gladhand::test
