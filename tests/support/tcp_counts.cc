#include "support/tcp_counts.h"

// Not <netinet/tcp.h>, which knows an older tcp_info, and does not bear this one beside it.
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace gladhand::test {

TcpCounts tcp_counts(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
  int unread = 0;
  ioctl(fd, SIOCINQ, &unread);
  return {static_cast<std::int64_t>(info.tcpi_bytes_received) - unread,
          static_cast<std::int64_t>(info.tcpi_bytes_sent - info.tcpi_bytes_retrans + info.tcpi_notsent_bytes),
          info.tcpi_segs_in};
}

}  // namespace gladhand::test
