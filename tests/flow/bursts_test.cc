// Many requests at once, before anybody knows what the endpoint speaks.
#include <deque>

#include "support/speaker.h"
#include "support/story.h"
#include "tls/certificate.h"

namespace gladhand::test {
namespace {

using config::Protocol;

class Bursts : public Story {
 protected:
  static constexpr std::size_t kSize = 4;

  void offer(std::vector<Protocol> protocols, const std::string& chosen) {
    app().protocols = std::move(protocols);
    app().tls.verify = false;
    protocol_ = chosen == "h2" ? codec::Protocol::multiplexed : codec::Protocol::sequential;
    tls_ = TlsServerOptions{.certificate = tls::make_leaf(tls::make_authority("Test authority", 2), {"127.0.0.1"}, 2), .alpn = chosen};
    add_endpoint(tls_);
  }
  // From clients of their own, and before the endpoint has said a word.
  void ask_all_at_once() {
    for (std::size_t i = 0; i < kSize; ++i) {
      clients_.emplace_back(stage, Socket::connected_to(proxy().address())).get("/" + std::to_string(i));
    }
    stage.run_until([&] { return records.requests == kSize; });
    stage.run_until_quiet();
  }
  std::size_t dials() const { return records.attempts[timeline::index(Side::upstream)]; }
  std::unique_ptr<Origin> next_origin() {
    Socket accepted;
    stage.run_until([&] {
      accepted = endpoint().accept();
      return static_cast<bool>(accepted);
    });
    return std::make_unique<Origin>(stage, std::move(accepted), protocol_, tls_);
  }
  void expect_everybody_served() {
    for (std::size_t i = 0; i < kSize; ++i) clients_[i].expect(200, "/" + std::to_string(i));
  }
  void answer_whatever_comes(Origin& origin) {
    for (std::size_t i = 0; i < kSize; ++i) {
      const std::string target = "/" + std::to_string(i);
      if (Talk* talk = origin.find(target)) talk->reply(200, target);
    }
  }

 private:
  codec::Protocol protocol_{};
  std::optional<TlsServerOptions> tls_;
  std::deque<Client> clients_;
};

TEST_F(Bursts, where_h2_is_preferred_all_wait_for_one_connection_and_share_it) {
  offer({Protocol::h2, Protocol::http1_1}, "h2");
  ask_all_at_once();
  EXPECT_EQ(dials(), 1u);
  const auto origin = next_origin();
  stage.run_until([&] { return origin->requests() == kSize; });
  answer_whatever_comes(*origin);
  expect_everybody_served();
  EXPECT_EQ(dials(), 1u);
}

TEST_F(Bursts, who_waits_for_h2_and_gets_http_1_is_dialled_for_at_once) {
  offer({Protocol::h2, Protocol::http1_1}, "http/1.1");
  ask_all_at_once();
  EXPECT_EQ(dials(), 1u);
  std::vector<std::unique_ptr<Origin>> origins;
  for (std::size_t i = 0; i < kSize; ++i) origins.push_back(next_origin());
  stage.run_until([&] { return std::ranges::all_of(origins, [](const auto& origin) { return origin->requests() == 1; }); });
  EXPECT_EQ(dials(), kSize) << "although none of them was answered yet";
  for (const auto& origin : origins) answer_whatever_comes(*origin);
  expect_everybody_served();
}

TEST_F(Bursts, after_that_another_burst_dials_for_each) {
  offer({Protocol::h2, Protocol::http1_1}, "http/1.1");
  app().timeouts.pool_idle = milliseconds(1);
  Client client = connect();
  client.get("/0");
  const auto origin = next_origin();
  origin->expect_request("GET", "/0").reply(200, "/0");
  client.expect(200, "/0");
  upstream_connection();
  records.requests = 0;
  records.exchanges.clear();
  ask_all_at_once();
  EXPECT_EQ(dials(), 1 + kSize);
}

TEST_F(Bursts, where_http_1_is_preferred_each_has_its_own_connection_from_the_start) {
  offer({Protocol::http1_1, Protocol::h2}, "http/1.1");
  ask_all_at_once();
  EXPECT_EQ(dials(), kSize);
}

TEST_F(Bursts, no_more_are_dialled_than_are_allowed) {
  app().max_connections = 2;
  offer({Protocol::h2, Protocol::http1_1}, "http/1.1");
  ask_all_at_once();
  const auto one = next_origin(), two = next_origin();
  stage.run_until([&] { return one->requests() == 1 && two->requests() == 1; });
  expect_no_dial();
  for (std::size_t i = 2; i <= kSize; i += 2) {
    stage.run_until([&] { return one->requests() + two->requests() == i; });
    answer_whatever_comes(*one);
    answer_whatever_comes(*two);
  }
  expect_everybody_served();
  EXPECT_EQ(dials(), 2u);
}

}  // namespace
}  // namespace gladhand::test
