#include <array>

#include "base/kernel_counters.h"
#include "observe/families.h"

namespace gladhand::observe {
namespace {

using Families = std::vector<prometheus::MetricFamily>;

struct Row {
  std::string_view counter;  // the kernel's name, in TcpExt
  std::string_view family;
  std::string_view label;  // of the series, with its value; empty: the family has one series
  std::string_view value;
  std::string_view help;
};

// Rows of one family stand together.
constexpr std::array kRows{
    Row{"ListenOverflows", "gladhand_listen_overflows_total", "", "", "Connections of this network namespace that found an accept queue full. Their clients believe that they are connected."},
    Row{"ListenDrops", "gladhand_listen_drops_total", "", "", "SYNs and last ACKs of handshakes that listening sockets of this network namespace dropped."},
    Row{"TCPReqQFullDoCookies", "gladhand_syn_queue_full_total", "answer", "cookie", "SYNs of this network namespace that found a SYN queue full, by what was done."},
    Row{"TCPReqQFullDrop", "gladhand_syn_queue_full_total", "answer", "drop", ""},
    Row{"SyncookiesSent", "gladhand_syn_cookies_total", "event", "sent", "SYN cookies of this network namespace."},
    Row{"SyncookiesRecv", "gladhand_syn_cookies_total", "event", "received", ""},
    Row{"SyncookiesFailed", "gladhand_syn_cookies_total", "event", "failed", ""},
    Row{"TCPFastOpenActive", "gladhand_tcp_fastopen_kernel_total", "event", "active", "What TCP Fast Open did in this network namespace, by the kernel's counters TCPFastOpen*."},
    Row{"TCPFastOpenActiveFail", "gladhand_tcp_fastopen_kernel_total", "event", "active_fail", ""},
    Row{"TCPFastOpenPassive", "gladhand_tcp_fastopen_kernel_total", "event", "passive", ""},
    Row{"TCPFastOpenPassiveFail", "gladhand_tcp_fastopen_kernel_total", "event", "passive_fail", ""},
    Row{"TCPFastOpenListenOverflow", "gladhand_tcp_fastopen_kernel_total", "event", "listen_overflow", ""},
    Row{"TCPFastOpenCookieReqd", "gladhand_tcp_fastopen_kernel_total", "event", "cookie_requested", ""},
    Row{"TCPFastOpenBlackhole", "gladhand_tcp_fastopen_kernel_total", "event", "blackhole", ""},
    Row{"TCPFastOpenPassiveAltKey", "gladhand_tcp_fastopen_kernel_total", "event", "passive_previous_key", ""},
    Row{"TCPTimeouts", "gladhand_tcp_timeouts_total", "", "", "Retransmission timers of this network namespace that fired."},
    Row{"TCPSynRetrans", "gladhand_tcp_syn_retransmits_total", "", "", "SYNs and SYN-ACKs that this network namespace sent again."},
};

void append_counters(const KernelCounters& counters, Families& families) {
  for (std::size_t i = 0; i < kRows.size();) {
    Family family = Family::counter(kRows[i].family, kRows[i].help);
    const std::string_view name = kRows[i].family;
    for (; i < kRows.size() && kRows[i].family == name; ++i) {
      const auto count = counters.tcp(kRows[i].counter);
      if (!count) continue;  // a kernel that does not count it
      family.add(kRows[i].label.empty() ? Labels{} : Labels{{kRows[i].label, kRows[i].value}}, static_cast<double>(*count));
    }
    std::move(family).move_to(families);
  }
}

}  // namespace

void append_network_families(Families& families) {
  append_counters(KernelCounters::read(), families);
  auto enabled = Family::gauge("gladhand_tcp_fastopen_enabled",
                               "1 where net.ipv4.tcp_fastopen of this network namespace lets that side use TCP Fast Open.");
  const unsigned bits = fast_open_bits().value_or(0);
  enabled.add({{"side", timeline::name(timeline::Side::client)}}, (bits & kFastOpenServer) ? 1 : 0);
  enabled.add({{"side", timeline::name(timeline::Side::upstream)}}, (bits & kFastOpenClient) ? 1 : 0);
  std::move(enabled).move_to(families);
}

void append_accept_queues(const Names& names, const std::vector<timeline::AcceptQueue>& queues, Families& families) {
  auto depth = Family::gauge("gladhand_accept_queue_depth", "Connections that are established and wait to be accepted, of all workers.");
  auto limit = Family::gauge("gladhand_accept_queue_limit", "Connections that may wait to be accepted, of all workers.");
  for (const timeline::AcceptQueue& queue : queues) {
    const Labels labels{{"listener", names.listeners[queue.listener].name}};
    depth.add(labels, static_cast<double>(queue.depth));
    limit.add(labels, static_cast<double>(queue.limit));
  }
  std::move(depth).move_to(families);
  std::move(limit).move_to(families);
}

}  // namespace gladhand::observe
