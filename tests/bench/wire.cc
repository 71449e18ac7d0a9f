// Both ends of what neither wrk nor h2load speaks. README.md says what it measures.
//
//   wire echo-server PORT                                        an origin that takes bodies in and echoes WebSocket messages
//   wire ws ADDRESS:PORT PATH --connections N --seconds S        WebSocket messages of 1 KB, one at a time on each connection
//   wire connect PROXY TARGET PATH --connections N --seconds S   GETs of PATH, one after another in each CONNECT tunnel
//
// The clients print one line, "N requests in T s, M errors", with the first error behind it. A request still under way
// when the time is over is waited for, so that every byte that the proxy has moved is of a request that counts.
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/connection.h"
#include "bench/websocket.h"

namespace gladhand::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t kMessageBytes = 1024;
constexpr Seconds kPatience{5};  // for what is under way when the time is over

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// ---- The origin -----------------------------------------------------------------------------------------------------

// Answers a POST with the size of its body once it has all of it, GET /received with the bytes of all bodies so far, and
// speaks WebSocket to whoever asks for it.
class EchoConnection : public Connection {
 public:
  EchoConnection(int fd, std::uint64_t& received) : Connection(fd), received_(received) {}

 private:
  std::size_t consume(std::string_view bytes) override {
    return is_websocket_ ? consume_frame(bytes) : body_left_ > 0 ? consume_body(bytes) : consume_head(bytes);
  }
  std::size_t consume_head(std::string_view bytes) {
    const auto request = read_head(bytes);
    if (!request) return 0;
    if (wants_websocket(*request)) {
      say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
      say(websocket_accept(field(*request, "sec-websocket-key")) + "\r\n\r\n");
      is_websocket_ = true;
    } else if (request->starts_with("GET /received ")) {
      answer("200 OK", std::to_string(received_));
    } else if (!request->starts_with("POST ")) {
      answer("404 Not Found", "");
    } else if (const auto length = number<std::size_t>(field(*request, "content-length")); !length) {
      return fail("a body without a length");
    } else {
      body_bytes_ = body_left_ = *length;
      if (*length == 0) answer("200 OK", "0");
    }
    return request->size();
  }
  std::size_t consume_body(std::string_view bytes) {
    const std::size_t used = std::min(bytes.size(), body_left_);
    received_ += used;
    body_left_ -= used;
    if (body_left_ == 0) answer("200 OK", std::to_string(body_bytes_));
    return used;
  }
  std::size_t consume_frame(std::string_view bytes) {
    const auto frame = Frame::read(bytes);
    if (!frame) return 0;
    if (!frame->mask) return fail("a client's frame without a mask");
    // Fragments and the answer to a close look like what was sent; a pong is nobody's question.
    const bool is_ping = frame->opcode() == Frame::ping;
    if (frame->opcode() != Frame::pong) {
      say(Frame::header(is_ping ? Frame::kFinal | Frame::pong : frame->first, 0, frame->payload.size()));
      say(masked(frame->payload, *frame->mask));
    }
    if (frame->opcode() == Frame::close) finish();
    return frame->size_bytes;
  }
  void answer(std::string_view status, std::string_view body) {
    say("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
    say(body);
  }

  std::uint64_t& received_;
  std::size_t body_bytes_ = 0, body_left_ = 0;
  bool is_websocket_ = false;
};

class Acceptor : public Watched {
 public:
  Acceptor(int fd, Loop& loop) : Watched(fd), loop_(loop) {}
  bool on_ready() override {
    const int accepted = ::accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted >= 0) loop_.add(std::make_unique<EchoConnection>(accepted, received_));
    return true;
  }

 private:
  Loop& loop_;
  std::uint64_t received_ = 0;
};

// ---- The clients ----------------------------------------------------------------------------------------------------

struct Tally {
  std::uint64_t requests = 0, errors = 0;
  std::string first_error;
  bool is_over = false;  // nobody begins another request

  void fail(std::string_view why, std::size_t times = 1) {
    if (errors == 0) first_error = why;
    errors += times;
  }
};

class Client : public Connection {
 public:
  Client(int fd, Tally& tally) : Connection(fd), tally_(tally) {}
  bool on_ready() override {
    const bool goes_on = Connection::on_ready();
    if (!failure().empty()) tally_.fail(failure());
    return goes_on;
  }

 protected:
  void count_and_go_on() {
    ++tally_.requests;
    if (tally_.is_over) return finish();
    ask();
  }
  virtual void ask() = 0;

 private:
  Tally& tally_;
};

class WebSocketClient : public Client {
 public:
  WebSocketClient(int fd, Tally& tally, const std::string& host, const std::string& path) : Client(fd, tally) {
    say("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
    say("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key_ + "\r\n\r\n");
  }

 private:
  std::size_t consume(std::string_view bytes) override { return is_open_ ? consume_echo(bytes) : consume_head(bytes); }
  std::size_t consume_head(std::string_view bytes) {
    const auto response = read_head(bytes);
    if (!response) return 0;
    if (!response->starts_with("HTTP/1.1 101 ")) return fail(response->substr(0, response->find('\r')));
    if (field(*response, "sec-websocket-accept") != websocket_accept(key_)) return fail("a 101 that does not know the key");
    is_open_ = true;
    ask();
    return response->size();
  }
  std::size_t consume_echo(std::string_view bytes) {
    const auto frame = Frame::read(bytes);
    if (!frame) return 0;
    const bool is_echo = frame->first == (Frame::kFinal | Frame::binary) && !frame->mask && frame->payload == payload_;
    if (!is_echo) return fail("not the message that was sent");
    count_and_go_on();
    return frame->size_bytes;
  }
  void ask() override {
    ++payload_[0];  // an echo of the message before would be noticed
    const std::uint32_t key = random_();
    const std::string_view mask(reinterpret_cast<const char*>(&key), sizeof key);
    say(Frame::header(Frame::kFinal | Frame::binary, Frame::kMasked, payload_.size()));
    say(mask);
    say(masked(payload_, mask));
  }

  std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    std::ranges::generate(bytes, [this] { return static_cast<char>(random_()); });
    return bytes;
  }

  std::random_device random_;  // section 5.3 wants masks that nobody can foresee
  const std::string key_ = base64(random_bytes(16));
  std::string payload_ = random_bytes(kMessageBytes);
  bool is_open_ = false;
};

class TunnelClient : public Client {
 public:
  TunnelClient(int fd, Tally& tally, const std::string& target, const std::string& path)
      : Client(fd, tally), request_("GET " + path + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n") {
    say("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
  }

 private:
  std::size_t consume(std::string_view bytes) override { return body_left_ > 0 ? consume_body(bytes) : consume_head(bytes); }
  std::size_t consume_head(std::string_view bytes) {
    const auto response = read_head(bytes);
    if (!response) return 0;
    const bool is_good = response->starts_with("HTTP/1.") && response->substr(8, 5) == " 200 ";  // Apache's is a 1.0
    if (!is_good) return fail(response->substr(0, response->find('\r')));
    if (!is_open_) {
      is_open_ = true;
      ask();
      return response->size();
    }
    body_left_ = number<std::size_t>(field(*response, "content-length")).value_or(0);
    return body_left_ > 0 ? response->size() : fail("an answer without a body");
  }
  std::size_t consume_body(std::string_view bytes) {
    const std::size_t used = std::min(bytes.size(), body_left_);
    body_left_ -= used;
    if (body_left_ == 0) count_and_go_on();
    return used;
  }
  void ask() override { say(request_); }

  const std::string request_;
  std::size_t body_left_ = 0;
  bool is_open_ = false;
};

// ---- The program ----------------------------------------------------------------------------------------------------

std::optional<sockaddr_in> address(std::string_view text) {
  const std::size_t colon = std::min(text.rfind(':'), text.size());
  const auto port = number<std::uint16_t>(text.substr(std::min(colon + 1, text.size())));
  sockaddr_in address{.sin_family = AF_INET};
  if (!port || ::inet_pton(AF_INET, std::string(text.substr(0, colon)).c_str(), &address.sin_addr) != 1) return std::nullopt;
  address.sin_port = htons(*port);
  return address;
}

// A socket whose small messages leave at once, bound or connected by `attach`; -1 with errno.
int attached_socket(const sockaddr_in& address, int (*attach)(int, const sockaddr*, socklen_t)) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);  // a listener's connections inherit it
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (attach(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

int serve(const sockaddr_in& address) {
  const int fd = attached_socket(address, ::bind);
  if (fd < 0 || ::listen(fd, 65535) != 0) return std::perror("wire: listen"), 1;
  Loop loop;
  loop.add(std::make_unique<Acceptor>(fd, loop));
  while (true) loop.turn(-1);
}

using MakeClient = std::function<std::unique_ptr<Client>(int fd, Tally&)>;

int run_load(const sockaddr_in& address, int connections, int seconds, const MakeClient& make) {
  Loop loop;
  Tally tally;
  for (int i = 0; i < connections; ++i) {
    const int fd = attached_socket(address, ::connect);
    if (fd < 0) return std::perror("wire: connect"), 1;
    loop.add(make(fd, tally));
  }
  const Clock::time_point start = Clock::now();
  Seconds elapsed{};
  while (loop.size() > 0 && elapsed < Seconds(seconds) + kPatience) {
    loop.turn(100);
    elapsed = Clock::now() - start;
    tally.is_over = elapsed >= Seconds(seconds);
  }
  if (loop.size() > 0) tally.fail("no answer", loop.size());
  std::printf("%llu requests in %.3f s, %llu errors%s%s\n", static_cast<unsigned long long>(tally.requests), elapsed.count(),
              static_cast<unsigned long long>(tally.errors), tally.errors > 0 ? ": " : "", tally.first_error.c_str());
  return tally.errors > 0 ? 1 : 0;
}

int usage() {
  std::fputs("usage: wire echo-server PORT\n"
             "       wire ws ADDRESS:PORT PATH --connections N --seconds S\n"
             "       wire connect PROXY TARGET PATH --connections N --seconds S\n", stderr);
  return 2;
}

int run(const std::vector<std::string>& arguments) {
  const std::string command = arguments.empty() ? "" : arguments[0];
  if (command == "echo-server" && arguments.size() == 2) {
    const auto here = address("127.0.0.1:" + arguments[1]);
    return here ? serve(*here) : usage();
  }
  const std::size_t options = command == "ws" ? 3 : command == "connect" ? 4 : 0;
  if (options == 0 || arguments.size() != options + 4) return usage();
  if (arguments[options] != "--connections" || arguments[options + 2] != "--seconds") return usage();
  const auto peer = address(arguments[1]);
  const auto connections = number<int>(arguments[options + 1]), seconds = number<int>(arguments[options + 3]);
  if (!peer || connections.value_or(0) < 1 || seconds.value_or(0) < 1) return usage();
  return run_load(*peer, *connections, *seconds, [&](int fd, Tally& tally) -> std::unique_ptr<Client> {
    if (command == "ws") return std::make_unique<WebSocketClient>(fd, tally, arguments[1], arguments[2]);
    return std::make_unique<TunnelClient>(fd, tally, arguments[2], arguments[3]);
  });
}

}  // namespace
}  // namespace gladhand::bench

int main(int count, char** words) { return gladhand::bench::run({words + 1, words + count}); }
