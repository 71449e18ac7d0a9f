// The fixture of the flow tests: a proxy, clients that connect to it, upstreams that it dials, and what was recorded.
//
// A story changes `config` first; the proxy starts with the first use of it. Every story ends with the same two checks:
// the loop closes without a handle left, and each connection and each exchange has told its one record.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/peer.h"
#include "support/proxy.h"
#include "support/vector_recorder.h"

namespace gladhand::test {

using std::chrono::milliseconds;
using timeline::ConnectionMark;
using timeline::ConnectionRecord;
using timeline::ExchangeMark;
using timeline::ExchangeRecord;
using timeline::Side;

class Story : public testing::Test {
 protected:
  explicit Story(bool has_tls = false) : config(one_listener(has_tls)), has_tls_(has_tls) {}
  void TearDown() override {
    stage.open(nullptr);
    proxy_.reset();
    EXPECT_THAT(records.faults_at_the_end(), testing::IsEmpty());
  }

  config::Config config;
  VectorRecorder records;
  Stage stage;

  config::Listener& listener() { return config.listeners.front(); }
  config::Upstream& app() { return config.upstreams.front(); }

  Proxy& proxy() {
    if (!proxy_) {
      if (endpoints_.empty()) add_endpoint();
      proxy_ = std::make_unique<Proxy>(config, records, resolved_);
      stage.open(&proxy_->loop());
    }
    return *proxy_;
  }

  // Another endpoint of the upstream, before the proxy starts; with `tls`, an https:// one.
  void add_endpoint(const std::optional<TlsServerOptions>& tls = {}) {
    endpoints_.push_back(Socket::listening());
    endpoints_.back().make_non_blocking();
    endpoint_tls_.resize(endpoints_.size());
    endpoint_tls_.back() = tls;
    name_endpoint(endpoints_.back(), tls ? "https://" : "http://");
  }
  // One whose port is taken by somebody who does not listen.
  void add_refusing_endpoint() {
    Socket bound(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const io::Address any = *io::Address::numeric("127.0.0.1", 0);
    ASSERT_EQ(::bind(bound.fd(), any.raw(), any.size()), 0);
    endpoints_.push_back(std::move(bound));
    endpoint_tls_.resize(endpoints_.size());
    name_endpoint(endpoints_.back(), "http://");
  }
  // Before the proxy starts: what the name of the last endpoint has resolved to.
  void resolve_to(io::Addresses addresses) {
    resolved_.resize(endpoints_.size());
    resolved_.back() = std::move(addresses);
  }
  Socket& endpoint(std::size_t index = 0) { return endpoints_[index]; }

  Client connect(const TlsOptions& tls = {}) {
    return Client(stage, Socket::connected_to(proxy().address()), has_tls_ ? std::optional(tls) : std::nullopt);
  }
  // A client that speaks no TLS, whatever the listener does.
  Client connect_bare() { return Client(stage, Socket::connected_to(proxy().address())); }

  // The next connection that the proxy makes to the endpoint.
  Upstream upstream(std::size_t index = 0, const Where& where = Where::current()) {
    Socket accepted;
    stage.run_until([&] { 
      accepted = endpoints_[index].accept();
      return static_cast<bool>(accepted);
    });
    if (!accepted) fail_at(where, fmt::format("nobody dialled endpoint {}", index));
    return Upstream(stage, std::move(accepted), endpoint_tls_[index]);
  }
  // The proxy has dialled, and is too busy for so long to see that the endpoint answers.
  void be_busy_while_dialling(Nanos time) {
    stage.run_until([&] { return records.attempts[timeline::index(Side::upstream)] > 0; });
    std::this_thread::sleep_for(time);
  }
  void expect_no_dial(std::size_t index = 0, const Where& where = Where::current()) {
    stage.run_until_quiet();
    if (endpoints_[index].accept()) fail_at(where, fmt::format("endpoint {} was dialled", index));
  }

  // A GET that the client has sent is asked of the upstream, answered with its own target, and the answer comes.
  void serve(Upstream& upstream, Client& client, std::string_view target, const Where& where = Where::current()) {
    upstream.expect_request("GET", target, where);
    upstream.reply(200, target);
    client.expect(200, target, where);
  }

  // The nth of its kind; waited for.
  const ExchangeRecord& exchange(std::size_t n = 0) {
    static const ExchangeRecord none;
    const bool came = stage.run_until([&] { return records.exchanges.size() > n; });
    EXPECT_TRUE(came) << "exchange " << n << " has not ended";
    return came ? records.exchanges[n] : none;
  }
  const ConnectionRecord& client_handshake(std::size_t n = 0) { return nth([&] { return records.shaken(Side::client); }, n, "client handshake"); }
  const ConnectionRecord& client_connection(std::size_t n = 0) { return nth([&] { return records.ended(Side::client); }, n, "client connection"); }
  const ConnectionRecord& upstream_connection(std::size_t n = 0) { return nth([&] { return records.ended(Side::upstream); }, n, "upstream connection"); }
  void expect_everybody_gone() {
    EXPECT_TRUE(stage.run_until([&] { return proxy().clients() == 0; })) << proxy().clients() << " clients are still connected";
  }

 private:
  void name_endpoint(const Socket& socket, const std::string& scheme) {
    config::Endpoint endpoint;
    endpoint.url = scheme + socket.address().to_string();
    app().endpoints.push_back(endpoint);
  }
  template <class Records>
  const ConnectionRecord& nth(const Records& all, std::size_t n, std::string_view what) {
    static const ConnectionRecord none;
    const bool came = stage.run_until([&] { return all().size() > n; });
    EXPECT_TRUE(came) << what << ' ' << n << " has not ended";
    return came ? *all()[n] : none;
  }

  const bool has_tls_;
  std::vector<Socket> endpoints_;
  std::vector<std::optional<TlsServerOptions>> endpoint_tls_;  // of each; none: it is plain
  std::vector<io::Addresses> resolved_;
  std::unique_ptr<Proxy> proxy_;
};

// The same story over plain connections and over TLS.
enum class Path : std::uint8_t { plain, tls };

class EveryPath : public Story, public testing::WithParamInterface<Path> {
 protected:
  EveryPath() : Story(GetParam() == Path::tls) {}
  bool is_tls() const { return GetParam() == Path::tls; }
};

inline std::string path_name(const testing::TestParamInfo<Path>& info) { return info.param == Path::tls ? "tls" : "plain"; }

#define GLADHAND_ON_EVERY_PATH(suite) INSTANTIATE_TEST_SUITE_P(client, suite, testing::Values(Path::plain, Path::tls), path_name)

}  // namespace gladhand::test
