// How much passed a socket, as the kernel counts them (TCP_INFO).
#pragma once

#include <cstdint>

namespace gladhand::test {

struct TcpCounts {
  std::int64_t read = 0;     // arrived, and taken by the process
  std::int64_t written = 0;  // given by the process, sent or not
  std::int64_t segments_in = 0;
};

TcpCounts tcp_counts(int fd);

}  // namespace gladhand::test
