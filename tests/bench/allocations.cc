// How often the proxy asks malloc for memory: for each keep-alive request, plain HTTP/1.1, 1 KiB, once it is warm.
//
// Prints the figure and fails when it is not zero.
#include <cstdio>

#include "support/allocation_count.h"
#include "support/keep_alive_loop.h"

int main() {
  constexpr int kWarmUp = 1'000;
  constexpr int kRequests = 20'000;
  gladhand::test::KeepAliveLoop loop(1024);
  if (!loop.run(kWarmUp)) {
    std::fputs("the proxy did not answer\n", stderr);
    return 2;
  }
  const std::uint64_t before = gladhand::test::allocations;
  if (!loop.run(kRequests)) {
    std::fputs("the proxy stopped answering\n", stderr);
    return 2;
  }
  const std::uint64_t made = gladhand::test::allocations - before;
  std::printf("%.4f allocations per request (%llu in %d)\n", static_cast<double>(made) / kRequests, static_cast<unsigned long long>(made), kRequests);
  return made == 0 ? 0 : 1;
}
