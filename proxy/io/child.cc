#include "io/child.h"

#include <signal.h>

#include <utility>

namespace gladhand::io {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const std::string& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

uv_stdio_container_t inherited(int fd) {
  uv_stdio_container_t one{};
  one.flags = UV_INHERIT_FD;
  one.data.fd = fd;
  return one;
}

}  // namespace

std::expected<std::unique_ptr<Child>, std::string> Child::start(Loop& loop, const Command& command, std::function<void(News)> on_news) {
  std::unique_ptr<Child> child(new Child(std::move(on_news)));
  if (const int error = child->spawn(loop, command)) return std::unexpected(uv_strerror(error));
  return child;
}

int Child::spawn(Loop& loop, const Command& command) {
  process_ = Handle(new Box<uv_process_t, Child>);
  pipe_ = Handle(new Box<uv_pipe_t, Child>);
  process_->owner = pipe_->owner = this;
  uv_pipe_init(loop.uv(), &pipe_->handle, 0);
  std::vector<uv_stdio_container_t> descriptors;
  for (int fd = 0; fd < kFirstPassed; ++fd) descriptors.push_back(inherited(fd));
  for (const int fd : command.descriptors) descriptors.push_back(inherited(fd));
  uv_stdio_container_t& pipe = descriptors.emplace_back();
  pipe.flags = static_cast<uv_stdio_flags>(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
  pipe.data.stream = reinterpret_cast<uv_stream_t*>(&pipe_->handle);

  auto arguments = pointers(command.arguments), environment = pointers(command.environment);
  uv_process_options_t options{};
  options.file = command.path.c_str();
  options.args = arguments.data();
  options.env = environment.data();
  options.stdio = descriptors.data();
  options.stdio_count = static_cast<int>(descriptors.size());
  options.exit_cb = [](uv_process_t* handle, std::int64_t, int) {
    if (Child* self = Box<uv_process_t, Child>::of(handle)->owner) {
      self->has_ended_ = true;
      Loop::of(handle->loop).begin_event();
      self->tell(News::ended);
    }
  };
  if (const int error = uv_spawn(loop.uv(), &process_->handle, &options)) return error;
  pid_ = process_->handle.pid;
  uv_unref(process_->base());
  uv_unref(pipe_->base());
  return uv_read_start(
      reinterpret_cast<uv_stream_t*>(&pipe_->handle),
      [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
        Child* self = Box<uv_pipe_t, Child>::of(reinterpret_cast<uv_pipe_t*>(handle))->owner;
        *buffer = self ? uv_buf_init(self->word_, sizeof self->word_) : uv_buf_init(nullptr, 0);
      },
      [](uv_stream_t* stream, ssize_t size, const uv_buf_t*) {
        Child* self = Box<uv_pipe_t, Child>::of(reinterpret_cast<uv_pipe_t*>(stream))->owner;
        if (size < 0) uv_read_stop(stream);  // without a word: its end is told when it comes
        Loop::of(stream->loop).begin_event();
        if (self && size > 0) self->tell(News::ready);
      });
}

void Child::tell(News news) {
  if (const auto on_news = std::exchange(on_news_, nullptr)) on_news(news);
}

void Child::terminate() {
  if (!has_ended_) uv_process_kill(&process_->handle, SIGTERM);
}

}  // namespace gladhand::io
