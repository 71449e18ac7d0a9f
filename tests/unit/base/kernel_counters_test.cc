#include "base/kernel_counters.h"

#include <gmock/gmock.h>

namespace gladhand {
namespace {

constexpr std::string_view kText =
    "MPTcpExt: SyncookiesRecv MPCapableSYNRX\n"
    "MPTcpExt: 3 4\n"
    "TcpExt: SyncookiesSent SyncookiesRecv ListenOverflows\n"
    "TcpExt: 0 17 18446744073709551615\n"
    "IpExt: InNoRoutes SyncookiesSent2\n"
    "IpExt: 4 5\n";

TEST(KernelCounters, a_counter_is_found_by_its_name) {
  const KernelCounters counters{std::string(kText)};
  EXPECT_EQ(counters.tcp("SyncookiesSent"), 0u);
  EXPECT_EQ(counters.tcp("SyncookiesRecv"), 17u);
  EXPECT_EQ(counters.tcp("ListenOverflows"), UINT64_MAX);
}

TEST(KernelCounters, a_counter_of_another_group_or_a_part_of_a_name_is_none) {
  const KernelCounters counters{std::string(kText)};
  for (const auto* name : {"InNoRoutes", "MPCapableSYNRX", "SyncookiesSent2", "Syncookies", "TcpExt:", ""}) EXPECT_EQ(counters.tcp(name), std::nullopt) << name;
}

TEST(KernelCounters, text_that_was_cut_short_holds_what_it_holds) {
  for (std::size_t size = 0; size <= kText.size(); ++size) {
    const KernelCounters counters{std::string(kText.substr(0, size))};
    const auto count = counters.tcp("SyncookiesRecv");
    EXPECT_TRUE(!count || *count == 17 || *count == 1) << size;
  }
  EXPECT_EQ(KernelCounters{"TcpExt: A\nTcpExt: x\n"}.tcp("A"), std::nullopt);
  EXPECT_EQ(KernelCounters{"TcpExt: A B\nTcpExt: 1\n"}.tcp("B"), std::nullopt);
}

TEST(KernelCounters, the_kernel_under_this_test_has_those_that_are_exported) {
  const KernelCounters counters = KernelCounters::read();
  for (const auto* name : {"ListenOverflows", "SyncookiesRecv", "TCPFastOpenActive", "TCPSynRetrans"}) EXPECT_TRUE(counters.tcp(name)) << name;
  EXPECT_TRUE(fast_open_bits());
}

}  // namespace
}  // namespace gladhand
