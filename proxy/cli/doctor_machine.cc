// What the machine gives the process: descriptors, memory, time.
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "cli/doctor_checks.h"
#include "tls/about.h"

namespace gladhand::cli {
namespace {

constexpr std::uint64_t kOwnDescriptors = 64;                // loops, logs, watched folders, the admin listener
constexpr std::uint64_t kSmallMemory = 64 * 1024 * 1024;     // the program, its measurements, and some hundred connections
constexpr std::time_t kSurelyPast = 1'735'689'600;           // 2025-01-01: this program is younger
constexpr std::int64_t kDearNanos = 250;                     // the clock asked by a system call
constexpr const char* kClockSources = "/sys/devices/system/clocksource/clocksource0/";

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Of all pools together, if every one of them were full.
std::uint64_t pooled(const Examined& examined) {
  std::uint64_t all = 0;
  for (const config::Upstream& upstream : examined.config()->upstreams) {
    all += std::max<std::size_t>(1, upstream.endpoints.size()) * upstream.max_connections * examined.workers;
  }
  return all;
}

std::uint64_t written_limit(const std::string& path) {
  const std::string line = first_line(path);
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
  std::istringstream(line) >> limit;  // "max" is none
  return limit == 0 ? std::numeric_limits<std::uint64_t>::max() : limit;
}

// The tightest of our control group and those that it is in; in a container they end at its own.
std::uint64_t memory_limit() {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  const auto look = [&least](const std::string& root, std::filesystem::path group, const char* file) {
    for (;; group = group.parent_path()) {
      least = std::min(least, written_limit(root + group.string() + "/" + file));
      if (!group.has_relative_path()) return;
    }
  };
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t path = line.find(":/");
    if (path == std::string::npos) continue;
    if (line.starts_with("0::")) look("/sys/fs/cgroup", line.substr(path + 1), "memory.max");
    if (line.find(":memory:") != std::string::npos) look("/sys/fs/cgroup/memory", line.substr(path + 1), "memory.limit_in_bytes");
  }
  return least;
}

std::int64_t clock_nanos() {
  constexpr int kAsked = 1'000;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (int batch = 0; batch < 10; ++batch) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 1; i < kAsked; ++i) static_cast<void>(std::chrono::steady_clock::now());
    const auto took = std::chrono::steady_clock::now() - begin;
    least = std::min<std::int64_t>(least, std::chrono::nanoseconds(took).count() / kAsked);
  }
  return least;
}

}  // namespace

void look_at_descriptors(const Examined& examined, Findings& findings) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const std::string allowed = limit.rlim_cur == RLIM_INFINITY ? "any number of files" : fmt::format("{} files", limit.rlim_cur);
  if (!examined.config()) return findings.push_back({Verdict::ok, fmt::format("{} may be open at once; a client needs one, and one for its upstream", allowed)});
  const std::uint64_t pools = pooled(examined);
  const std::uint64_t wanted = kOwnDescriptors + 2 * pools + examined.workers * examined.config()->listeners.size();
  if (limit.rlim_cur >= wanted) return findings.push_back({Verdict::ok, fmt::format("{} may be open at once, and the pools of {} workers take {} at most", allowed, examined.workers, pools)});
  const std::string cure = limit.rlim_max >= wanted ? fmt::format("ulimit -n {}", wanted) : fmt::format("sudo prlimit --pid $$ --nofile={}", wanted);
  findings.push_back({Verdict::warning, fmt::format("{} may be open at once; pools that are full, of {} workers, take {}, and their clients as many: clients will wait",
                                                    allowed, examined.workers, pools), cure});
}

void look_at_memory(const Examined&, Findings& findings) {
  const std::uint64_t limit = memory_limit();
  if (limit >= kSmallMemory) return findings.push_back({Verdict::ok, "no control group limits it to less than 64 MiB"});
  findings.push_back({Verdict::warning, fmt::format("the control group has {} KiB: a few hundred connections more, and the kernel ends the process", limit / 1024),
                      "kubectl set resources deployment/gladhand --limits=memory=256Mi"});
}

void look_at_clock(const Examined&, Findings& findings) {
  if (std::time(nullptr) < kSurelyPast) {
    return findings.push_back({Verdict::problem, "it is wrong by years: no certificate will seem valid", "sudo timedatectl set-ntp true"});
  }
  timex state{};
  if (adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC)) {
    return findings.push_back({Verdict::warning, "nobody keeps it right: instants in logs and the ends of certificates are only as good as it is", "sudo timedatectl set-ntp true"});
  }
  findings.push_back({Verdict::ok, "it is kept right (NTP or the like)"});
}

void look_at_clock_cost(const Examined&, Findings& findings) {
  const std::int64_t nanos = clock_nanos();
  const std::string source = first_line(std::string(kClockSources) + "current_clocksource");
  const std::string cost = fmt::format("{} ns, by clock source {}", nanos, source.empty() ? "unknown" : source);
  if (nanos <= kDearNanos) return findings.push_back({Verdict::ok, cost});
  const bool has_better = first_line(std::string(kClockSources) + "available_clocksource").find("tsc") != std::string::npos && source != "tsc";
  findings.push_back({Verdict::warning, cost + ": a request has about ten of them", has_better ? fmt::format("echo tsc | sudo tee {}current_clocksource", kClockSources) : ""});
}

// What phases of TCP are made of.
void look_at_kernel_facts(const Examined& examined, Findings& findings) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  tcp_info info{};
  socklen_t size = sizeof info;
  const bool has_info = fd >= 0 && getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
  const int yes = 1;
  const bool has_syns = fd >= 0 && setsockopt(fd, IPPROTO_TCP, TCP_SAVE_SYN, &yes, sizeof yes) == 0;
  if (fd >= 0) close(fd);
  const bool wants_syns = examined.config() && std::ranges::any_of(examined.config()->listeners, &config::Listener::saved_syn);
  if (!has_info) return findings.push_back({Verdict::warning, "the kernel tells nothing of TCP connections (TCP_INFO): round trips and retransmissions are withheld"});
  if (wants_syns && !has_syns) return findings.push_back({Verdict::warning, "the kernel keeps no SYNs: saved_syn does nothing"});
  findings.push_back({Verdict::ok, "the kernel tells round trips and retransmissions"});
}

void look_at_tls_library(const Examined&, Findings& findings) {
  const tls::About about = tls::about_library();
  if (about.is_older_than_built) {
    return findings.push_back({Verdict::warning, fmt::format("{} is older than the one this program was built with", about.version), "sudo apt-get install --only-upgrade libssl3"});
  }
  findings.push_back({Verdict::ok, about.version});
}

}  // namespace gladhand::cli
