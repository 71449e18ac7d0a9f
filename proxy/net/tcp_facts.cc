#include "net/tcp_facts.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace gladhand::net {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr unsigned kSynData = 32;       // TCPI_OPT_SYN_DATA: data came in the SYN and was accepted
constexpr unsigned kFastOpenChild = 128;  // TCPI_OPT_TFO_CHILD since Linux 6.15; distribution headers lack it

bool read_info(int fd, tcp_info& info) {
  socklen_t size = sizeof info;
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
}

// Whether the kernel's round trip is a measurement from SYN-ACK to ACK.
bool is_measured(const tcp_info& info) {
  const bool is_fast_open = (info.tcpi_options & (kSynData | kFastOpenChild)) != 0;
  if (info.tcpi_rtt == 0 || is_fast_open || info.tcpi_total_retrans > 0) return false;
  // Under SYN cookies the kernel has kept no instant of its SYN-ACK. It guesses from the timestamp that comes back, which
  // has the resolution of a millisecond and carries the cookie's own bits. A true figure is one of microseconds, and so
  // round once in a thousand times; that one is withheld with the guesses.
  if (info.tcpi_rtt % 1000 == 0) return false;
  // Every segment but the SYN had data, the one with the ACK too: a bare ACK was lost, or the client let its ACK wait until
  // it had something to say.
  return info.tcpi_segs_in > info.tcpi_data_segs_in + 1;
}

}  // namespace

timeline::TcpFacts facts_at_accept(int fd) {
  timeline::TcpFacts facts;
  tcp_info info{};
  if (!read_info(fd, info)) return facts;
  facts.retransmits = info.tcpi_total_retrans;
  // Nothing was sent yet, so this counts from establishment. Right for a Fast Open child too.
  facts.accept_wait = milliseconds(info.tcpi_last_data_sent);
  if (is_measured(info)) {
    facts.handshake_rtt = microseconds(info.tcpi_rtt);
  } else {
    facts.degraded = true;
  }
  return facts;
}

timeline::TcpFacts facts_at_connect(int fd) {
  timeline::TcpFacts facts;
  tcp_info info{};
  if (!read_info(fd, info)) return facts;
  facts.retransmits = info.tcpi_total_retrans;
  if (facts.retransmits == 0 && info.tcpi_rtt > 0) facts.handshake_rtt = microseconds(info.tcpi_rtt);  // else it contains a wait
  return facts;
}

}  // namespace gladhand::net
