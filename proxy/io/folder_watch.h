// Tells when something changes in a folder: files made, written, renamed or removed (inotify(7)).
//
// A hint, and no more: what changes behind a symbolic link, or on a file system of another machine, may not be told, and a
// folder that is itself replaced is not followed.
#pragma once

#include <uv.h>

#include <functional>
#include <string>

#include "io/handle.h"
#include "io/loop.h"

namespace gladhand::io {

class FolderWatch {
 public:
  // Calls `act` on the loop's thread, often several times for one change. Where the kernel cannot watch, never.
  FolderWatch(Loop& loop, const std::string& path, std::function<void()> act);
  FolderWatch(const FolderWatch&) = delete;  // its handle knows where it lives
  FolderWatch& operator=(const FolderWatch&) = delete;

 private:
  std::function<void()> act_;
  Handle<Box<uv_fs_event_t, FolderWatch>> handle_;
};

}  // namespace gladhand::io
