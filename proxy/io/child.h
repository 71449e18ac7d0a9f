// A program that this one starts, and that says one thing: that it is ready.
#pragma once

#include <uv.h>

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/handle.h"
#include "io/loop.h"

namespace gladhand::io {

struct Command {
  std::string path;
  std::vector<std::string> arguments;    // the program's name first
  std::vector<std::string> environment;  // "NAME=value"
  std::vector<int> descriptors;          // that it has from kFirstPassed on; behind them the one to which it says that it is ready
};
inline constexpr int kFirstPassed = 3;  // standard input, output and error are ours

class Child {
 public:
  enum class News : std::uint8_t { ready, ended };

  // `on_news` is told at most once. The error says why the program could not be started.
  static std::expected<std::unique_ptr<Child>, std::string> start(Loop& loop, const Command& command, std::function<void(News)> on_news);
  Child(const Child&) = delete;  // its handles know where it lives
  Child& operator=(const Child&) = delete;

  int pid() const { return pid_; }
  // By SIGTERM. Dropping the child lets it live.
  void terminate();

 private:
  explicit Child(std::function<void(News)> on_news) : on_news_(std::move(on_news)) {}
  int spawn(Loop& loop, const Command& command);
  void tell(News news);

  std::function<void(News)> on_news_;
  int pid_ = 0;
  bool has_ended_ = false;
  char word_[16];
  Handle<Box<uv_process_t, Child>> process_;
  Handle<Box<uv_pipe_t, Child>> pipe_;
};

}  // namespace gladhand::io
