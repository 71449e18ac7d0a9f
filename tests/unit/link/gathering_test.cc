// When output leaves a link whose codec's streams share the connection, turn by turn, over a pair of sockets.
#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <list>
#include <memory>
#include <string>

#include "codec/http2.h"
#include "link/link.h"
#include "net/plain.h"
#include "support/http2_peer.h"
#include "support/http2_rig.h"
#include "support/loop_rig.h"
#include "support/manual_clock.h"
#include "support/sockets.h"

namespace gladhand::link {
namespace {

using std::chrono::microseconds;

class Gathering : public testing::Test, private LinkEvents {
 protected:
  Gathering() {
    auto [ours, theirs] = test::connection();
    client_ = std::move(theirs);
    const int on = 1;
    setsockopt(client_.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // each turn's request comes in it
    net::TransportEvents& events = link_;
    link_.join(std::make_unique<net::Plain>(rig_.loop, events, record_, ours.release()));
    client_.send(peer_.magic() + peer_.settings());
    rig_.run_until([&] { return arrived() > 0; });
    rig_.run_a_while();
    arrived();
  }
  ~Gathering() override { streams_.clear(); }

  // A turn that brings a request, whose answer begins at once and does not end.
  void turn_with_request() {
    client_.send(peer_.headers(next_, test::kGet));
    next_ += 2;
    turn();
  }
  void turn() {
    clock_.advance(turn_lasts);
    rig_.loop.run_once(false);
  }
  // Bytes that the client has got since the last call.
  std::size_t arrived() { return client_.receive_some().size(); }

  Nanos turn_lasts = microseconds(49);

 private:
  struct Answering {
    explicit Answering(http::Stream& stream) : grip(stream) { stream.listen(listener); }
    std::string transcript;
    test::RecordingStream listener{transcript};
    http::StreamGrip grip;
  };

  void on_ready() override {
    http::CodecEvents& events = link_;
    link_.speak(std::make_unique<codec::Http2>(http::Role::server, events, codec::Settings{.clock = &clock_}));
  }
  void on_stream(http::Stream& stream) override {
    streams_.emplace_back(stream);
    http::Head head;
    head.status = 200;
    head.has_body = true;
    stream.send_head(head, http::End::no);
    Buffer body;
    body.append("some");
    stream.send_body(std::move(body), http::End::no);
  }
  void on_progress() override {}
  void on_closed(Error) override {}

  test::ManualClock clock_;
  test::LoopRig rig_{clock_};
  timeline::ConnectionRecord record_;
  test::Http2Peer peer_;
  test::Socket client_;
  Link link_{rig_.loop, *this, record_};
  std::list<Answering> streams_;
  std::uint32_t next_ = 1;  // the id of the next stream
};

TEST_F(Gathering, what_one_stream_has_to_say_leaves_within_the_turn) {
  turn_with_request();
  EXPECT_GT(arrived(), 0u);
}

TEST_F(Gathering, where_there_are_others_it_leaves_as_soon_as_a_turn_brings_no_more) {
  turn_with_request();
  arrived();
  turn_with_request();
  EXPECT_EQ(arrived(), 0u) << "another may follow";
  turn_with_request();
  EXPECT_EQ(arrived(), 0u) << "it did, and so may more";
  turn();
  EXPECT_GT(arrived(), 0u);
}

TEST_F(Gathering, if_every_turn_brings_more_it_leaves_after_200_us_all_the_same) {
  turn_with_request();
  arrived();
  for (int i = 0; i < 5; ++i) {
    turn_with_request();
    EXPECT_EQ(arrived(), 0u) << "in turn " << i;
  }
  turn_with_request();
  EXPECT_GT(arrived(), 0u);
}

TEST_F(Gathering, turns_that_take_long_are_not_waited_for) {
  turn_with_request();
  arrived();
  turn_lasts = microseconds(500);
  turn_with_request();
  EXPECT_EQ(arrived(), 0u);
  turn_with_request();
  EXPECT_GT(arrived(), 0u);
}

}  // namespace
}  // namespace gladhand::link
