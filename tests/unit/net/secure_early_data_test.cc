// The serving side of net::Secure with clients that send early data, over a pair of sockets.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "net/secure.h"
#include "support/loop_rig.h"
#include "support/slices.h"
#include "support/sockets.h"
#include "support/tls_client.h"

namespace gladhand::net {
namespace {

class SecureEarlyData : public testing::Test, private TransportEvents {
 protected:
  SecureEarlyData() {
    config::Listener listener{.protocols = {config::Protocol::http1_1}};
    listener.tls.early_data = true;
    context_ = std::move(*tls::ServerContext::make(library_, listener, certificates_));
    accept();
    until([&] { return client_->session() != nullptr; });
    client_->close_notify();
    options_.resumes = client_->session();
    options_.sends_early = true;
    transcript_.clear();
  }
  ~SecureEarlyData() override { transport_.reset(); }

  // The next client, which has not begun yet.
  void accept() {
    transport_.reset();
    auto [ours, theirs] = test::connection();
    theirs.make_non_blocking();
    socket_ = std::move(theirs);
    record_ = {};
    client_ = std::make_unique<test::TlsClient>(options_);
    TransportEvents& self = *this;
    transport_ = std::make_unique<Secure>(rig_.loop, self, record_, rig_.clock, *context_, ours.release());
    transport_->start_reading();
  }
  void send() { socket_.send(client_->output()); }
  bool until(const std::function<bool()>& happened) {
    return rig_.run_until([&] {
      client_->feed(socket_.receive_some());
      if (!is_held_) send();
      return happened();
    });
  }

  test::LoopRig rig_;
  tls::TicketKeys keys_;
  tls::Library library_{keys_};
  std::vector<tls::CertificatePair> certificates_ = {tls::make_self_signed({"localhost"}, 2)};
  std::unique_ptr<tls::ServerContext> context_;
  test::TlsOptions options_{.min = TLS1_3_VERSION};
  std::unique_ptr<test::TlsClient> client_;
  test::Socket socket_;
  timeline::ConnectionRecord record_;
  std::unique_ptr<Secure> transport_;
  std::string transcript_;
  bool is_held_ = false;     // what the client has to say
  bool has_enough_ = false;  // the owner, of bytes

 private:
  void on_early() override { transcript_ += "early "; }
  void on_ready() override { transcript_ += "ready "; }
  void on_bytes(Slice bytes) override {
    transcript_ += std::string(bytes.view()) + ' ';
    if (has_enough_) transport_->stop_reading();
  }
  void on_end() override { transcript_ += "end "; }
  void on_failed(Error error) override { transcript_ += std::string(error.name()) + ' '; }
  void on_drained() override {}
};

TEST_F(SecureEarlyData, comes_between_word_of_it_and_the_end_of_the_handshake) {
  accept();
  client_->write("hello");
  send();
  is_held_ = true;
  ASSERT_TRUE(until([&] { return transcript_ == "early hello "; })) << transcript_;
  EXPECT_TRUE(transport_->can_send());
  EXPECT_FALSE(transport_->is_ready());
  Buffer answer = test::buffer_of("welcome");
  transport_->send(answer);
  ASSERT_TRUE(until([&] { return client_->plaintext == "welcome"; }));
  is_held_ = false;
  client_->write("behind");
  ASSERT_TRUE(until([&] { return transcript_ == "early hello ready behind "; })) << transcript_;
  EXPECT_TRUE(transport_->is_ready());
}

TEST_F(SecureEarlyData, that_its_owner_has_enough_of_does_not_keep_the_handshake_from_ending) {
  has_enough_ = true;
  accept();
  client_->write("hello");
  ASSERT_TRUE(until([&] { return transcript_.ends_with("ready "); })) << transcript_;
  EXPECT_EQ(transcript_, "early hello ready ");
  client_->write("more");
  send();
  rig_.run_a_while();
  EXPECT_EQ(transcript_, "early hello ready ") << "then it is obeyed";
  transport_->start_reading();
  ASSERT_TRUE(until([&] { return transcript_ == "early hello ready more "; })) << transcript_;
}

TEST_F(SecureEarlyData, is_not_spoken_of_where_none_was_sent) {
  options_.sends_early = false;
  accept();
  client_->write("late");
  ASSERT_TRUE(until([&] { return transcript_ == "ready late "; })) << transcript_;
}

}  // namespace
}  // namespace gladhand::net
