// A small HTTP service inside the process, on the proxy's own floors: the admin endpoint and the demo's origin.
//
// Requests are read whole (bodies are counted, and kept up to kKeptBody) and answered by one function.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/list.h"
#include "io/acceptor.h"
#include "http/message.h"

namespace gladhand::server {

struct Question {
  const http::Head& head;
  std::string_view body;          // its first kKeptBody bytes
  std::uint64_t body_bytes = 0;   // all of them
};

struct Answer {
  enum class Manner : std::uint8_t {
    at_once,
    hang,   // never
    reset,  // by closing in the middle
  };
  std::uint16_t status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields;
  Nanos delay{};
  Manner manner = Manner::at_once;
};

using Responder = std::function<Answer(const Question&)>;

class Service final : private io::AcceptorEvents {
 public:
  static constexpr std::size_t kKeptBody = 64 * 1024;

  // `fd`: a socket of io::open_listening_socket(). `responder` runs on the loop's thread and must not block.
  Service(io::Loop& loop, int fd, Responder responder);
  ~Service() override;

  io::Address address() const { return acceptor_.address(); }

 private:
  class Conversation;

  void on_accepted(int fd, const io::Address& peer) override;
  void on_exhausted() override {}

  io::Loop& loop_;
  Responder responder_;
  List<Conversation> conversations_;
  io::Acceptor acceptor_;
};

}  // namespace gladhand::server
