#include "io/signals.h"

namespace gladhand::io {

Signal::Signal(Loop& loop, int number, std::function<void()> act) : act_(std::move(act)), handle_(new Box<uv_signal_t, Signal>) {
  handle_->owner = this;
  uv_signal_init(loop.uv(), &handle_->handle);
  uv_signal_start(
      &handle_->handle,
      [](uv_signal_t* handle, int) {
        Loop::of(handle->loop).begin_event();
        if (Signal* self = Box<uv_signal_t, Signal>::of(handle)->owner) self->act_();
      },
      number);
  uv_unref(handle_->base());
}

}  // namespace gladhand::io
