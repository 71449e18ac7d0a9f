#include "base/kernel_counters.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace gladhand {
namespace {

constexpr std::string_view kGroup = "TcpExt:";

std::string read_file(const char* path) {
  std::string text;
  if (std::FILE* file = std::fopen(path, "re")) {
    char piece[8192];
    for (std::size_t n; (n = std::fread(piece, 1, sizeof piece, file)) > 0;) text.append(piece, n);
    std::fclose(file);
  }
  return text;
}

std::string_view take_until(std::string_view& text, char end) {
  const std::string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}

}  // namespace

KernelCounters KernelCounters::read() { return KernelCounters(read_file("/proc/thread-self/net/netstat")); }

std::optional<std::uint64_t> KernelCounters::tcp(std::string_view name) const {
  std::string_view rest = text_;
  while (!rest.empty()) {
    std::string_view names = take_until(rest, '\n');
    if (!names.starts_with(kGroup)) continue;
    std::string_view values = take_until(rest, '\n');
    while (!names.empty() && !values.empty()) {
      const std::string_view value = take_until(values, ' ');
      if (take_until(names, ' ') != name) continue;
      std::uint64_t count = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
      return error == std::errc() && end == value.data() + value.size() ? std::optional(count) : std::nullopt;
    }
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<unsigned> fast_open_bits() {
  const std::string text = read_file("/proc/sys/net/ipv4/tcp_fastopen");
  unsigned bits = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), bits).ec != std::errc()) return std::nullopt;
  return bits;
}

}  // namespace gladhand
