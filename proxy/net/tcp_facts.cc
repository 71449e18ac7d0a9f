#include "net/tcp_facts.h"

#include <linux/tcp.h>  // netinet/tcp.h knows an older tcp_info
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/observing.h"

namespace gladhand::net {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using timeline::FastOpen;
using timeline::RttDoubt;
using timeline::TcpFacts;

constexpr unsigned kFastOpenChild = 128;  // TCPI_OPT_TFO_CHILD since Linux 6.15; distribution headers lack it

bool read_info(int fd, tcp_info& info) {
  if (!kIsObserving) return false;
  socklen_t size = sizeof info;
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
}

// What both ends agreed on.
TcpFacts agreed(const tcp_info& info) {
  TcpFacts facts;
  facts.is_known = true;
  facts.timestamps = (info.tcpi_options & TCPI_OPT_TIMESTAMPS) != 0;
  facts.sack = (info.tcpi_options & TCPI_OPT_SACK) != 0;
  facts.window_scaling = (info.tcpi_options & TCPI_OPT_WSCALE) != 0;
  facts.ecn = (info.tcpi_options & TCPI_OPT_ECN) != 0;
  facts.window_scale_sent = info.tcpi_rcv_wscale;
  facts.window_scale_received = info.tcpi_snd_wscale;
  facts.mss = info.tcpi_snd_mss;
  facts.path_mtu = info.tcpi_pmtu;
  return facts;
}

void decide(TcpFacts& facts, RttDoubt doubt, const tcp_info& info) {
  facts.doubt = doubt != RttDoubt::none ? doubt : info.tcpi_rtt == 0 ? RttDoubt::not_measured : RttDoubt::none;
  if (facts.doubt == RttDoubt::none) facts.handshake_rtt = microseconds(info.tcpi_rtt);
}

// Why the kernel's round trip from SYN-ACK to ACK may be no measurement.
RttDoubt doubt_at_accept(const tcp_info& info, bool is_fast_open) {
  if (is_fast_open) return RttDoubt::fast_open;
  if (info.tcpi_total_retrans > 0) return RttDoubt::syn_retransmitted;
  if (info.tcpi_rtt == 0) return RttDoubt::not_measured;
  // Under SYN cookies the kernel has kept no instant of its SYN-ACK. It guesses from the timestamp that comes back, which
  // has the resolution of a millisecond and carries the cookie's own bits. A true figure is one of microseconds, and so
  // round once in a thousand times; that one is withheld with the guesses.
  if (info.tcpi_rtt % 1000 == 0) return RttDoubt::syn_cookies;
  // Every segment but the SYN had data, the one with the ACK too: a bare ACK was lost, or the client let its ACK wait until
  // it had something to say.
  if (info.tcpi_segs_in <= info.tcpi_data_segs_in + 1) return RttDoubt::not_measured;
  return RttDoubt::none;
}

FastOpen outcome(const tcp_info& info, io::Opening opening) {
  if (opening == io::Opening::ordinary) return FastOpen::unasked;
  if (opening == io::Opening::unsupported) return FastOpen::unsupported;
  if (info.tcpi_options & TCPI_OPT_SYN_DATA) return FastOpen::accepted;
  switch (info.tcpi_fastopen_client_fail) {
    case TFO_COOKIE_UNAVAILABLE: return FastOpen::no_cookie;
    case TFO_DATA_NOT_ACKED: return FastOpen::not_acknowledged;
    case TFO_SYN_RETRANSMITTED: return FastOpen::syn_retransmitted;
    default: return opening == io::Opening::asking ? FastOpen::no_cookie : FastOpen::empty;
  }
}

}  // namespace

TcpFacts facts_at_accept(const tcp_info& info) {
  TcpFacts facts = agreed(info);
  facts.retransmits = info.tcpi_total_retrans;
  // Nothing was sent yet, so this counts from establishment. Right for a Fast Open child too.
  facts.accept_wait = milliseconds(info.tcpi_last_data_sent);
  const bool has_data = (info.tcpi_options & TCPI_OPT_SYN_DATA) != 0;
  const bool is_fast_open = has_data || (info.tcpi_options & kFastOpenChild) != 0;
  if (is_fast_open) facts.fast_open = has_data ? FastOpen::accepted : FastOpen::empty;
  decide(facts, doubt_at_accept(info, is_fast_open), info);
  return facts;
}

TcpFacts facts_at_connect(const tcp_info& info, io::Opening opening) {
  TcpFacts facts = agreed(info);
  facts.fast_open = outcome(info, opening);
  facts.retransmits = info.tcpi_total_retrans;
  // Data that was not taken with its SYN was sent again by now, which is not the SYN's own retransmission.
  const bool has_data_again = facts.fast_open == FastOpen::not_acknowledged || facts.fast_open == FastOpen::syn_retransmitted;
  if (has_data_again && facts.retransmits > 0) --facts.retransmits;
  decide(facts, facts.retransmits ? RttDoubt::syn_retransmitted : RttDoubt::none, info);
  return facts;
}

TcpFacts facts_at_accept(int fd) {
  tcp_info info{};
  return read_info(fd, info) ? facts_at_accept(info) : TcpFacts{};
}

TcpFacts facts_at_connect(int fd, io::Opening opening) {
  tcp_info info{};
  return read_info(fd, info) ? facts_at_connect(info, opening) : TcpFacts{};
}

void add_facts_at_close(int fd, TcpFacts& facts) {
  tcp_info info{};
  if (!read_info(fd, info) || info.tcpi_total_retrans <= facts.retransmits) return;
  // What never was established has sent nothing but SYNs.
  (facts.is_known ? facts.data_retransmits : facts.retransmits) = info.tcpi_total_retrans - facts.retransmits;
}

FastOpen fast_open_at_dial(io::Opening opening) {
  switch (opening) {
    case io::Opening::ordinary: return FastOpen::unasked;
    case io::Opening::unsupported: return FastOpen::unsupported;
    case io::Opening::asking: return FastOpen::no_cookie;
    case io::Opening::with_cookie: return FastOpen::unanswered;
  }
  return FastOpen::unasked;
}

timeline::AcceptQueue accept_queue(int listening_fd) {
  tcp_info info{};
  if (!read_info(listening_fd, info)) return {};
  return {info.tcpi_unacked, info.tcpi_sacked};  // which is what the two fields mean of a listening socket
}

}  // namespace gladhand::net
