#include "io/mailbox.h"

namespace gladhand::io {

Mailbox::Mailbox(Loop& loop) : loop_(loop), wake_(new Box<uv_async_t, Mailbox>) {
  wake_->owner = this;
  uv_async_init(loop.uv(), &wake_->handle, [](uv_async_t* handle) {
    if (Mailbox* self = Box<uv_async_t, Mailbox>::of(handle)->owner) self->deliver();
  });
}

void Mailbox::post(Letter letter) {
  // Under the lock: a loop that has seen the letter may be told by it to end, and the mailbox with it.
  const std::lock_guard lock(mutex_);
  letters_.push_back(std::move(letter));
  uv_async_send(&wake_->handle);
}

void Mailbox::deliver() {
  std::vector<Letter> letters;
  {
    const std::lock_guard lock(mutex_);
    letters.swap(letters_);
  }
  for (const Letter& letter : letters) {
    loop_.begin_event();
    letter();
  }
}

}  // namespace gladhand::io
