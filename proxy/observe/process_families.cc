#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

#include "observe/families.h"

namespace gladhand::observe {
namespace {

// The whole of a small file of /proc; empty when it cannot be read.
std::string read_file(const char* path) {
  std::string text;
  if (std::FILE* file = std::fopen(path, "re")) {
    char piece[4096];
    for (std::size_t n; (n = std::fread(piece, 1, sizeof piece, file)) > 0;) text.append(piece, n);
    std::fclose(file);
  }
  return text;
}

// Fields of /proc/self/stat are numbered from 1 in proc(5). The second is the program's name in parentheses and may
// hold anything, so counting begins behind its last parenthesis, at field 3.
double stat_field(const std::string& stat, int field) {
  auto at = stat.rfind(')');
  for (int n = 2; n < field && at != std::string::npos; ++n) at = stat.find(' ', at + 1);
  return at == std::string::npos ? 0 : std::strtod(stat.c_str() + at, nullptr);
}

double boot_time() {
  const std::string stat = read_file("/proc/stat");
  const auto at = stat.find("\nbtime ");
  return at == std::string::npos ? 0 : std::strtod(stat.c_str() + at + std::strlen("\nbtime "), nullptr);
}

double count_open_fds() {
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return 0;
  // Without the descriptor through which the directory is read.
  return static_cast<double>(std::distance(begin(entries), end(entries)) - 1);
}

}  // namespace

void append_process_families(std::vector<prometheus::MetricFamily>& families) {
  const auto append = [&](Family family, double value) {
    family.add(Labels{}, value);
    std::move(family).move_to(families);
  };
  const std::string stat = read_file("/proc/self/stat");
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  rlimit fds{};
  getrlimit(RLIMIT_NOFILE, &fds);

  append(Family::counter("process_cpu_seconds_total", "User and system CPU time of this process."),
         (stat_field(stat, 14) + stat_field(stat, 15)) / ticks);
  append(Family::gauge("process_resident_memory_bytes", "Resident memory of this process."),
         stat_field(stat, 24) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  append(Family::gauge("process_open_fds", "Open file descriptors."), count_open_fds());
  append(Family::gauge("process_max_fds", "Limit of open file descriptors."), static_cast<double>(fds.rlim_cur));
  append(Family::gauge("process_start_time_seconds", "Start of this process, in seconds since the epoch."),
         boot_time() + stat_field(stat, 22) / ticks);
}

}  // namespace gladhand::observe
