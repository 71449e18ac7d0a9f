// A server session of ours that takes early data, fed by hand: what comes before the handshake is over, and what may be said.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "support/manual_clock.h"
#include "support/tls_client.h"
#include "tls/session.h"

namespace gladhand::tls {
namespace {

using test::TlsClient;
using test::TlsOptions;
using timeline::ConnectionMark;

class EarlyData : public testing::Test {
 protected:
  EarlyData() {
    config::Listener listener{.protocols = {config::Protocol::http1_1}};
    listener.tls.early_data = true;
    context_ = std::move(*ServerContext::make(library_, listener, certificates_));
    options_.resumes = ticket();
    options_.sends_early = true;
  }

  // In pieces of so many bytes. The early data in it; what comes behind the handshake goes to `late_`.
  std::string receive(std::string_view bytes, std::size_t piece = SIZE_MAX) {
    std::string early;
    while (!bytes.empty()) {
      clock_.advance(std::chrono::milliseconds(1));
      tap_->arrived(clock_.now());
      session_->feed(bytes.substr(0, piece));
      bytes.remove_prefix(std::min(piece, bytes.size()));
      if (session_->is_open()) {
        late_ += read();
        continue;
      }
      result_ = session_->handshake();
      early += session_->early().to_string();
      session_->early().clear();
      if (session_->is_open()) late_ += read();
    }
    return early;
  }
  std::string read() {
    std::array<char, 4096> room;
    const auto n = session_->read(room);
    EXPECT_TRUE(n);
    return n ? std::string(room.data(), *n) : std::string();
  }
  std::string sent() {
    const std::string bytes = session_->output().to_string();
    session_->output().clear();
    return bytes;
  }
  void say(std::string_view text) {
    Buffer plaintext;
    plaintext.append(text);
    EXPECT_TRUE(session_->write(plaintext));
  }
  // Of the last piece: whether the handshake is done.
  void expect_result(bool is_done) {
    ASSERT_TRUE(result_) << result_.error().name();
    EXPECT_EQ(*result_, is_done);
  }
  void begin() {
    if (client_) client_->close_notify();  // else OpenSSL takes its session for spoiled
    client_.reset();
    session_.reset();
    record_ = {};
    late_.clear();
    tap_.emplace(clock_, record_);
    session_ = std::make_unique<Session>(*context_, *tap_);
    client_ = std::make_unique<TlsClient>(options_);
  }
  // Of a first visit.
  test::SessionPtr ticket() {
    begin();
    client_->feed({});
    receive(client_->output());
    client_->feed(sent());
    receive(client_->output());
    client_->feed(sent());
    client_->close_notify();
    return client_->session();
  }

  TicketKeys keys_;
  Library library_{keys_};
  std::vector<CertificatePair> certificates_ = {make_self_signed({"localhost"}, 2)};
  std::unique_ptr<ServerContext> context_;
  TlsOptions options_{.min = TLS1_3_VERSION};
  test::ManualClock clock_;
  timeline::ConnectionRecord record_;
  std::optional<Tap> tap_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<TlsClient> client_;
  Expected<bool> result_ = false;
  std::string late_;
};

TEST_F(EarlyData, is_read_before_the_handshake_is_over_and_may_be_answered_then) {
  begin();
  client_->write("hello ");
  client_->write("again");
  EXPECT_EQ(receive(client_->output()), "hello again");
  expect_result(false);
  EXPECT_TRUE(session_->is_early());
  EXPECT_FALSE(session_->is_open());
  EXPECT_EQ(session_->alpn(), "http/1.1");
  EXPECT_EQ(record_.tls.early_data, timeline::EarlyData::accepted);
  EXPECT_EQ(record_.tls.version, timeline::TlsVersion::tls1_3);
  EXPECT_FALSE(record_.timeline.has(ConnectionMark::client_finished));
  say("welcome");
  client_->feed(sent());
  EXPECT_EQ(client_->plaintext, "welcome");

  EXPECT_EQ(receive(client_->output()), "");
  expect_result(true);
  EXPECT_FALSE(session_->is_early());
  EXPECT_TRUE(record_.timeline.has(ConnectionMark::client_finished));
  EXPECT_TRUE(record_.timeline.has(ConnectionMark::secured));
  say(" back");
  client_->feed(sent());
  EXPECT_EQ(client_->plaintext, "welcome back");
}

TEST_F(EarlyData, is_answered_at_any_point_of_what_follows) {
  begin();
  client_->write("hello");
  receive(client_->output());
  client_->feed(sent());
  const std::string finished = client_->output();
  std::string said;
  for (std::size_t at = 0; at < finished.size(); ++at) {
    say("x");
    said += 'x';
    receive(finished.substr(at, 1));
    ASSERT_TRUE(result_) << at;
    EXPECT_EQ(*result_, at + 1 == finished.size()) << at;
  }
  client_->feed(sent());
  EXPECT_EQ(client_->plaintext, said);
}

TEST_F(EarlyData, means_the_same_in_pieces_of_any_size) {
  for (const std::size_t piece : {1, 7, 1000}) {
    begin();
    client_->write(std::string(3000, 'x'));
    EXPECT_EQ(receive(client_->output(), piece), std::string(3000, 'x')) << piece;
    EXPECT_TRUE(session_->is_early());
    client_->feed(sent());
    client_->write("behind");
    EXPECT_EQ(receive(client_->output(), piece), "") << piece;
    EXPECT_EQ(late_, "behind") << piece;
    client_->feed(sent());
    options_.resumes = client_->session();  // the next one: OpenSSL uses each once
  }
}

TEST_F(EarlyData, that_comes_together_with_the_end_of_the_handshake_is_still_early) {
  begin();
  client_->write("first");
  EXPECT_EQ(receive(client_->output()), "first");
  client_->write(", second");
  const std::string second = client_->output();
  client_->feed(sent());
  EXPECT_EQ(receive(second + client_->output()), ", second");
  expect_result(true);
}

TEST_F(EarlyData, of_the_same_hello_is_taken_once) {
  begin();
  client_->write("once");
  const std::string flight = client_->output();
  EXPECT_EQ(receive(flight), "once");
  session_ = std::make_unique<Session>(*context_, *tap_);
  EXPECT_EQ(receive(flight), "");
  expect_result(false);  // and the handshake goes on without it
  EXPECT_FALSE(session_->is_early());
  EXPECT_EQ(record_.tls.early_data, timeline::EarlyData::rejected);
}

TEST_F(EarlyData, is_refused_when_no_more_hellos_can_be_remembered) {
  const std::time_t now = std::time(nullptr);
  StrikeRegister::Random random{};
  for (std::size_t n = 0; n < StrikeRegister::kMostHellos; ++n) {
    random[0] = static_cast<unsigned char>(n);
    random[1] = static_cast<unsigned char>(n >> 8);
    ASSERT_TRUE(keys_.strikes().admit(random, now));
  }
  begin();
  client_->write("too many");
  EXPECT_EQ(receive(client_->output()), "");
  EXPECT_EQ(record_.tls.early_data, timeline::EarlyData::rejected);
  client_->feed(sent());
  EXPECT_TRUE(client_->is_open());
  EXPECT_TRUE(client_->is_resumed());
}

TEST_F(EarlyData, is_refused_where_the_hello_is_older_than_it_may_be) {
  SSL_SESSION_set_time(options_.resumes.get(), SSL_SESSION_get_time(options_.resumes.get()) - 60);
  begin();
  client_->write("late");
  EXPECT_EQ(receive(client_->output()), "");
  EXPECT_EQ(record_.tls.early_data, timeline::EarlyData::rejected);
}

TEST_F(EarlyData, that_is_refused_behind_a_hello_retry_request_is_skipped) {
  options_.groups = "P-521:P-256";
  begin();
  client_->write("not yet");
  EXPECT_EQ(receive(client_->output()), "");
  client_->feed(sent());
  EXPECT_EQ(receive(client_->output()), "");
  client_->feed(sent());
  EXPECT_EQ(receive(client_->output()), "");
  expect_result(true);
  EXPECT_TRUE(record_.tls.retried);
  EXPECT_EQ(record_.tls.early_data, timeline::EarlyData::rejected);
}

TEST_F(EarlyData, is_none_in_an_older_version) {
  options_ = {.max = TLS1_2_VERSION};
  begin();
  client_->feed({});
  for (int flight = 0; flight < 2; ++flight) {
    EXPECT_EQ(receive(client_->output()), "");
    client_->feed(sent());
  }
  expect_result(true);
  EXPECT_TRUE(client_->is_open());
  EXPECT_EQ(record_.tls.early_data, timeline::EarlyData::not_sent);
}

}  // namespace
}  // namespace gladhand::tls
