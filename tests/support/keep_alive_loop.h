// One client and one upstream that exchange the same request again and again through a proxy on this thread, without a
// single allocation of their own: what is counted meanwhile is the proxy's.
#pragma once

#include <fmt/format.h>

#include <array>
#include <string>

#include "observe/fanout.h"
#include "observe/metrics.h"
#include "observe/recent.h"
#include "support/proxy.h"
#include "support/sockets.h"

namespace gladhand::test {

class KeepAliveLoop {
 public:
  explicit KeepAliveLoop(std::size_t body_bytes)
      : config_(configured(endpoint_)),
        metrics_(config_, 1, "test"),
        proxy_(config_, recorder_),
        client_(Socket::connected_to(proxy_.address())),
        answer_(fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{}", body_bytes, std::string(body_bytes, 'x'))) {
    endpoint_.make_non_blocking();
    client_.make_non_blocking();
  }

  // False: it went another way, or not at all.
  bool run(int times) {
    for (int i = 0; i < times; ++i) {
      if (!exchange()) return false;
    }
    return true;
  }

 private:
  static constexpr std::string_view kRequest = "GET /index.html HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: test/1.0\r\nAccept: */*\r\n\r\n";
  static constexpr int kMostTurns = 100'000;

  static config::Config configured(const Socket& endpoint) {
    config::Config config = one_listener(false);
    config::Endpoint only;
    only.url = "http://" + endpoint.address().to_string();
    config.upstreams.front().endpoints.push_back(only);
    config.listeners.front().limits.connection_requests = UINT32_MAX;
    return config;
  }
  std::string_view read(const Socket& socket) {
    const ssize_t n = socket ? ::recv(socket.fd(), room_.data(), room_.size(), MSG_DONTWAIT) : 0;
    return {room_.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
  }
  bool exchange() {
    client_.send(kRequest);
    std::size_t answered = 0;
    for (int turn = 0; turn < kMostTurns; ++turn) {
      proxy_.loop().run_once(false);
      if (!upstream_) upstream_ = endpoint_.accept();
      if (read(upstream_).ends_with("\r\n\r\n")) upstream_.send(answer_);
      const std::string_view bytes = read(client_);
      answered += bytes.size();
      if (answered > 0 && bytes.ends_with('x')) return answered >= answer_.size();
    }
    return false;
  }

  Socket endpoint_ = Socket::listening();
  const config::Config config_;
  observe::Metrics metrics_;
  observe::RecentRing recent_;
  observe::Fanout recorder_{{metrics_.shard(0), recent_}};
  Proxy proxy_;
  Socket client_;
  Socket upstream_;
  const std::string answer_;
  std::array<char, 64 * 1024> room_;
};

}  // namespace gladhand::test
