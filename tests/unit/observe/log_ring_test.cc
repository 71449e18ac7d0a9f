#include "observe/log_ring.h"

#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace gladhand::observe {
namespace {

std::string pop_all(LogRing& ring) {
  const auto pieces = ring.peek();
  std::string bytes = std::string(pieces.first) + std::string(pieces.second);
  ring.pop(pieces.size());
  return bytes;
}

TEST(LogRing, gives_back_what_was_pushed_in_order) {
  LogRing ring(64);
  EXPECT_EQ(pop_all(ring), "");
  EXPECT_TRUE(ring.push("one\n"));
  EXPECT_TRUE(ring.push("two\n"));
  EXPECT_EQ(pop_all(ring), "one\ntwo\n");
  EXPECT_EQ(pop_all(ring), "");
}

TEST(LogRing, a_line_may_run_over_the_end_of_the_memory) {
  LogRing ring(16);
  for (int i = 0; i < 100; ++i) {
    const std::string line = std::to_string(i) + "-abcdefg\n";
    ASSERT_TRUE(ring.push(line));
    ASSERT_EQ(pop_all(ring), line);
  }
}

TEST(LogRing, takes_a_line_whole_or_not_at_all) {
  LogRing ring(16);
  EXPECT_TRUE(ring.push("0123456789\n"));
  EXPECT_FALSE(ring.push("abcde\n"));
  EXPECT_TRUE(ring.push("abcd\n"));  // the last byte
  EXPECT_FALSE(ring.push("\n"));
  EXPECT_EQ(pop_all(ring), "0123456789\nabcd\n");
  EXPECT_TRUE(ring.push("exactly sixteen\n"));
}

TEST(LogRing, a_line_longer_than_the_ring_never_fits) {
  LogRing ring(16);
  EXPECT_FALSE(ring.push(std::string(17, 'x')));
  EXPECT_EQ(pop_all(ring), "");
}

TEST(LogRing, is_filling_from_a_quarter_on_until_it_is_emptied) {
  LogRing ring(16);
  ring.push("abc");
  EXPECT_FALSE(ring.is_filling());
  ring.push("d");
  EXPECT_TRUE(ring.is_filling());
  pop_all(ring);
  EXPECT_FALSE(ring.is_filling());
}

TEST(MultiWorkerLogRing, lines_cross_the_threads_unharmed) {
  LogRing ring(256);
  constexpr int kLines = 20'000;
  std::jthread pushing([&](std::stop_token stop) {
    for (int i = 0; i < kLines && !stop.stop_requested();) {
      if (ring.push(std::to_string(i) + std::string(static_cast<std::size_t>(i % 40), '.') + "\n")) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  std::string bytes;
  int next = 0;
  while (next < kLines) {
    bytes += pop_all(ring);
    ASSERT_TRUE(bytes.empty() || bytes.back() == '\n') << "a line became visible in part";
    std::size_t at = 0;
    for (std::size_t end; (end = bytes.find('\n', at)) != bytes.npos; at = end + 1, ++next) {
      ASSERT_EQ(bytes.substr(at, end - at),
                std::to_string(next) + std::string(static_cast<std::size_t>(next % 40), '.'));
    }
    bytes.erase(0, at);
    if (at == 0) std::this_thread::yield();
  }
}

}  // namespace
}  // namespace gladhand::observe
