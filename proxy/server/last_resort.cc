#include "server/last_resort.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#include "base/log.h"

namespace gladhand::server {
namespace {

std::string first_line(const std::filesystem::path& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

// Of "42 (a name) S 1 …": the name may have brackets of its own.
char state_of(const std::string& stat) {
  const std::size_t end = stat.rfind(") ");
  return end == std::string::npos || end + 2 >= stat.size() ? '?' : stat[end + 2];
}

}  // namespace

LastResort::LastResort(Nanos most, int status) : what_(std::make_shared<std::atomic<const char*>>("the event loop")) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread([most, status, what = what_] {
      pthread_setname_np(pthread_self(), "last resort");
      std::this_thread::sleep_for(most);
      log::error("stopping has taken {} ms and is not over: it waits for {}; the process is ended as it is, with its threads {}",
                 most.count() / 1'000'000, what->load(), threads_text());
      _exit(status);
    }).detach();
  } catch (const std::system_error&) {
    // No thread to be had: the end goes on without.
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

std::string threads_text() {
  std::string text;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
    const std::filesystem::path& folder = task.path();
    text += fmt::format("{}{} {} {}", text.empty() ? "" : ", ", first_line(folder / "comm"), state_of(first_line(folder / "stat")), first_line(folder / "wchan"));
  }
  return text;
}

}  // namespace gladhand::server
