// The fixture of the stories that are the same whatever is spoken: {HTTP/1.1, HTTP/2} on either side, in the clear or
// under TLS on either side.
#pragma once

#include "support/speaker.h"
#include "support/story.h"
#include "support/tcp_counts.h"
#include "tls/certificate.h"

namespace gladhand::test {

struct Line {
  codec::Protocol protocol;
  bool has_tls;
  bool is_shared() const { return protocol == codec::Protocol::multiplexed; }
  std::string alpn() const { return is_shared() ? "h2" : "http/1.1"; }
  std::string name() const { return std::string(is_shared() ? "h2" : "h1") + (has_tls ? "_tls" : ""); }
};

struct Way {
  Line client;
  Line upstream;
};

class Matrix : public Story, public testing::WithParamInterface<Way> {
 protected:
  Matrix() : Story(GetParam().client.has_tls) {
    using config::Protocol;
    listener().protocols = {GetParam().client.is_shared() ? Protocol::h2 : Protocol::http1_1};
    app().protocols = {GetParam().upstream.is_shared() ? Protocol::h2 : Protocol::http1_1};
    app().has_tls = GetParam().upstream.has_tls;
    app().tls.verify = false;
  }

  static const Line& client_line() { return GetParam().client; }
  static const Line& upstream_line() { return GetParam().upstream; }

  // Before the proxy starts: shadows Story's.
  void add_endpoint() {
    Story::add_endpoint(origin_tls());
    std::string& url = app().endpoints.back().url;
    if (upstream_line().is_shared() && !upstream_line().has_tls) url.replace(0, 4, "h2c");
  }
  Proxy& proxy() {
    if (app().endpoints.empty()) add_endpoint();
    return Story::proxy();
  }

  Caller caller() { return Caller(stage, Socket::connected_to(proxy().address()), client_line().protocol, caller_tls()); }
  std::unique_ptr<Caller> new_caller() {
    return std::make_unique<Caller>(stage, Socket::connected_to(proxy().address()), client_line().protocol, caller_tls());
  }
  // The next connection that the proxy makes to the endpoint.
  Origin origin(std::size_t index = 0, std::uint32_t streams = 100, const Where& where = Where::current()) {
    Socket accepted;
    stage.run_until([&] {
      accepted = endpoint(index).accept();
      return static_cast<bool>(accepted);
    });
    if (!accepted) fail_at(where, fmt::format("nobody dialled endpoint {}", index));
    return Origin(stage, std::move(accepted), upstream_line().protocol, origin_tls(), streams);
  }

  // A GET that has been asked is answered with its own target.
  static void serve(Origin& origin, Talk& asked, std::string_view target, const Where& where = Where::current()) {
    origin.expect_request("GET", target, where).reply(200, target);
    asked.expect(200, target, where);
  }
  // The same from the beginning: nothing that happened before stands in the way.
  static void expect_service(Caller& caller, Origin& origin, std::string_view target, const Where& where = Where::current()) {
    Talk& asked = caller.get(target);
    serve(origin, asked, target, where);
  }
  // What happened to one exchange was the end of it alone where others share the connection, and else the connection's.
  void expect_only_stream_gone(const Line& line, Speaker& speaker, const Where& where = Where::current()) {
    line.is_shared() ? speaker.expect_open(where) : speaker.expect_over(where);
  }

  // The proxy's end of a peer's connection: this is one process.
  static int other_end(Socket& socket) {
    const io::Address wanted = socket.address();
    for (int fd = 3; fd < 1024; ++fd) {
      sockaddr_storage peer;
      socklen_t size = sizeof peer;
      if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && io::Address(reinterpret_cast<sockaddr*>(&peer), size) == wanted) return fd;
    }
    return -1;
  }
  // Bytes that the proxy has read from `from` and not yet given to the kernel for `to`, give or take framing and TLS.
  static std::int64_t held(Speaker& from, Speaker& to) {
    return tcp_counts(other_end(from.line().socket())).read - tcp_counts(other_end(to.line().socket())).written;
  }
  // Until nothing moves any more, because somebody does not read.
  void run_until_stuck(const Talk& sender) {
    std::size_t before = 0;
    while (std::exchange(before, sender.unsaid()) != sender.unsaid()) stage.pass(milliseconds(20));
  }

  static std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 1;
    for (char& c : text) {
      state = state * 1664525 + 1013904223;
      c = static_cast<char>(state >> 24);
    }
    return text;
  }

  static std::optional<TlsOptions> caller_tls() {
    if (!client_line().has_tls) return {};
    return TlsOptions{.alpn = client_line().alpn()};
  }
  static std::optional<TlsServerOptions> origin_tls() {
    if (!upstream_line().has_tls) return {};
    static const tls::CertificatePair certificate = tls::make_leaf(tls::make_authority("Test authority", 2), {"127.0.0.1"}, 2);
    return TlsServerOptions{.certificate = certificate, .alpn = upstream_line().alpn()};
  }
};

inline std::vector<Way> every_way() {
  std::vector<Way> ways;
  for (const bool client_tls : {false, true}) {
    for (const bool upstream_tls : {false, true}) {
      for (const auto client : {codec::Protocol::sequential, codec::Protocol::multiplexed}) {
        for (const auto upstream : {codec::Protocol::sequential, codec::Protocol::multiplexed}) {
          ways.push_back({{client, client_tls}, {upstream, upstream_tls}});
        }
      }
    }
  }
  return ways;
}
inline std::string way_name(const testing::TestParamInfo<Way>& info) { return info.param.client.name() + "_to_" + info.param.upstream.name(); }

#define GLADHAND_ON_EVERY_WAY(suite) INSTANTIATE_TEST_SUITE_P(every, suite, testing::ValuesIn(every_way()), way_name)

}  // namespace gladhand::test
