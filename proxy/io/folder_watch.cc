#include "io/folder_watch.h"

namespace gladhand::io {

FolderWatch::FolderWatch(Loop& loop, const std::string& path, std::function<void()> act) : act_(std::move(act)), handle_(new Box<uv_fs_event_t, FolderWatch>) {
  handle_->owner = this;
  uv_fs_event_init(loop.uv(), &handle_->handle);
  uv_fs_event_start(
      &handle_->handle,
      [](uv_fs_event_t* handle, const char*, int, int) {
        Loop::of(handle->loop).begin_event();
        if (FolderWatch* self = Box<uv_fs_event_t, FolderWatch>::of(handle)->owner) self->act_();
      },
      path.c_str(), 0);
  uv_unref(handle_->base());
}

}  // namespace gladhand::io
