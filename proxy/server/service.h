// A small HTTP service inside the process, on the proxy's own floors: the admin endpoint and the demo's origin.
//
// Requests are read whole (bodies are counted, and kept up to kKeptBody) and answered by one function. An answer may go on
// after its head, with pieces that come later or with the bytes of another protocol: that is its Sequel.
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

// The client, as a sequel sees it. Calls after the end are ignored.
class Channel {
 public:
  // On whose thread the sequel lives, for its deadlines.
  virtual io::Loop& loop() = 0;
  // Leaves with this turn. A sequel that sees writable() at zero waits for on_writable before it offers more.
  virtual void send(Buffer&& bytes) = 0;
  virtual std::size_t writable() const = 0;
  // So many bytes that on_received handed over are done with; the client may send as many more.
  virtual void consumed(std::size_t bytes) = 0;
  // All is said. The sequel is destroyed when the turn ends.
  virtual void end() = 0;

 protected:
  virtual ~Channel() = default;
};

// What follows the head of an answer: server-sent events, say. Destroyed when the client has gone, and after Channel::end().
class Sequel {
 public:
  virtual ~Sequel() = default;
  // writable() was zero and is not any more.
  virtual void on_writable() = 0;
  // After a change of protocol only. The sequel takes all of `bytes` and owes consumed() of as many, now or later.
  virtual void on_received(Buffer&&) {}
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
  std::string protocol;  // with status 101: the one that the client asked to change to (Head::protocol), which `go_on` then speaks
  // Makes the sequel, once the head is on its way; `body` is not sent then. The channel outlives the sequel.
  std::function<std::unique_ptr<Sequel>(Channel&)> go_on;
};

using Responder = std::function<Answer(const Question&)>;

// What strangers may ask of a service; 0: as much as they like. A head has limits of its own.
struct ServiceLimits {
  std::uint64_t body_bytes = 0;  // of a request; a body that has a limit must be there within `patience` of its head
  std::size_t connections = 0;   // at once; more are closed
  Nanos patience = std::chrono::seconds(30);  // with a head that does not end, and a client that says nothing and takes nothing
};

class Service final : private io::AcceptorEvents {
 public:
  static constexpr std::size_t kKeptBody = 64 * 1024;

  // `fd`: a socket of io::open_listening_socket(). `responder` runs on the loop's thread and must not block.
  Service(io::Loop& loop, int fd, Responder responder, ServiceLimits limits = {});
  ~Service() override;

  io::Address address() const { return acceptor_.address(); }

 private:
  class Conversation;

  void on_accepted(int fd, const io::Address& peer) override;
  void on_exhausted() override {}

  io::Loop& loop_;
  Responder responder_;
  const ServiceLimits limits_;
  std::size_t open_ = 0;  // conversations
  List<Conversation> conversations_;
  io::Acceptor acceptor_;
};

}  // namespace gladhand::server
