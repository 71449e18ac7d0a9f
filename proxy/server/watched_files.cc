#include "server/watched_files.h"

#include <sys/stat.h>

#include <set>
#include <utility>

namespace gladhand::server {
namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

}  // namespace

void WatchedFiles::watch(std::vector<std::string> paths) {
  if (paths == paths_ && look_.is_armed()) return;
  stop();
  seen_.clear();
  paths_ = std::move(paths);
  if (paths_.empty()) return;
  watch_folders();
  look_.arm(kSettle);
}

// Anew with each look: a folder may have been replaced.
void WatchedFiles::watch_folders() {
  folders_.clear();
  std::set<std::string> folders;
  for (const std::string& path : paths_) folders.insert(folder_of(path));
  for (const std::string& folder : folders) {
    folders_.push_back(std::make_unique<io::FolderWatch>(loop_, folder, [this] { on_told(); }));
  }
}

// Not put off by what comes meanwhile: something in the folder, such as a log, may be written to all the time.
void WatchedFiles::on_told() {
  if (!std::exchange(is_settling_, true)) look_.arm(kSettle);
}

std::vector<WatchedFiles::Look> WatchedFiles::look() const {
  std::vector<Look> looks;
  for (const std::string& path : paths_) {
    struct stat s {};
    if (stat(path.c_str(), &s) != 0) s = {};
    looks.emplace_back(s.st_dev, s.st_ino, s.st_size, s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
  }
  return looks;
}

void WatchedFiles::on_deadline(io::Deadline&) {
  is_settling_ = false;
  watch_folders();  // before the look: what happens in between is told
  look_.arm(every_);
  auto now = look();
  if (now == seen_) return;
  seen_ = std::move(now);
  on_changed_();
}

}  // namespace gladhand::server
