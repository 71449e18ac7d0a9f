// Files that somebody else may replace at any time, such as a certificate that is renewed.
//
// Their folders are watched, not they: who replaces a file renames another into its place, and Kubernetes renames the link
// `..data` beside the links that it gives out. Whatever is not told that way is found by looking at all of them now and then.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "io/folder_watch.h"
#include "io/loop.h"

namespace gladhand::server {

class WatchedFiles final : private io::DeadlineEvents {
 public:
  static constexpr Nanos kLook = std::chrono::seconds(30);
  // Who changes one file may be about to change another, as a key with its certificate.
  static constexpr Nanos kSettle = std::chrono::milliseconds(250);

  // `on_changed` is called on the loop's thread when at least one file is another than it was.
  WatchedFiles(io::Loop& loop, std::function<void()> on_changed, Nanos look = kLook) : loop_(loop), on_changed_(std::move(on_changed)), every_(look), look_(loop.deadlines(), *this) {}

  // These from now on. They may have changed since they were read: `on_changed` follows soon if they are others than before.
  void watch(std::vector<std::string> paths);
  void stop() {
    folders_.clear();
    look_.disarm();
    is_settling_ = false;
  }

 private:
  // Of the file that a path leads to; zeros where it leads nowhere.
  using Look = std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::int64_t, std::int64_t>;

  void on_deadline(io::Deadline&) override;
  void on_told();
  void watch_folders();
  std::vector<Look> look() const;

  io::Loop& loop_;
  const std::function<void()> on_changed_;
  const Nanos every_;
  std::vector<std::string> paths_;
  std::vector<Look> seen_;  // of each path
  std::vector<std::unique_ptr<io::FolderWatch>> folders_;
  io::Deadline look_;
  bool is_settling_ = false;  // a look follows soon
};

}  // namespace gladhand::server
