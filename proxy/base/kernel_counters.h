// What the kernel has counted in this network namespace, which in a container is exactly the container's.
//
// Source: /proc/thread-self/net/netstat: a line of names and a line of numbers for each group. To be read now
// and then, not for each connection: it takes tens of microseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gladhand {

class KernelCounters {
 public:
  // Of the thread's network namespace. Without a /proc there are none.
  static KernelCounters read();
  explicit KernelCounters(std::string text) : text_(std::move(text)) {}

  // The counter `name` of the group TcpExt; nothing: this kernel has none.
  std::optional<std::uint64_t> tcp(std::string_view name) const;

 private:
  std::string text_;
};

// net.ipv4.tcp_fastopen of the namespace, in which 1 allows Fast Open to clients and 2 to servers; nothing: no such kernel.
std::optional<unsigned> fast_open_bits();
inline constexpr unsigned kFastOpenClient = 1;
inline constexpr unsigned kFastOpenServer = 2;

}  // namespace gladhand
