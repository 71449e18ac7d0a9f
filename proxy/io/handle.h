// A libuv handle that outlives its user.
//
// libuv may touch a handle until its close callback has run, so the memory belongs to the loop: a Box holds the handle, the
// user's address and what is still in flight. `Handle` is the user's grip on it. Destroying the grip cuts the way back (no
// callback reaches the user again) and starts uv_close; the box frees itself in the close callback.
#pragma once

#include <uv.h>

#include <utility>

namespace gladhand::io {

// `Owner` is whom callbacks are for; null once the grip is gone.
template <class UvHandle, class Owner>
struct Box {
  Owner* owner = nullptr;  // beside the part of the handle that libuv looks at first: one line of the cache
  UvHandle handle;

  Box() { handle.data = this; }
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;
  virtual ~Box() = default;
  uv_handle_t* base() { return reinterpret_cast<uv_handle_t*>(&handle); }
  static Box* of(UvHandle* handle) { return static_cast<Box*>(handle->data); }
  void release() {
    owner = nullptr;
    uv_close(base(), [](uv_handle_t* closed) { delete static_cast<Box*>(closed->data); });
  }
};

template <class AnyBox>
class Handle {
 public:
  Handle() = default;
  explicit Handle(AnyBox* box) : box_(box) {}
  Handle(Handle&& other) noexcept : box_(std::exchange(other.box_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(box_, other.box_);
    return *this;
  }
  ~Handle() {
    if (box_) box_->release();
  }

  explicit operator bool() const { return box_ != nullptr; }
  AnyBox* operator->() const { return box_; }

 private:
  AnyBox* box_ = nullptr;
};

}  // namespace gladhand::io
