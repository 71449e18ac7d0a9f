#include "http/stream.h"

#include <gtest/gtest.h>

namespace gladhand::http {
namespace {

// A stream that only knows whether it was let go.
class StubStream final : public Stream {
 public:
  int releases = 0;
  void lose() { lose_grip(); }
  bool is_held() const { return is_gripped(); }

  void listen(StreamEvents&) override {}
  void send_head(const Head&, End) override {}
  void send_body(Buffer&&, End) override {}
  void send_trailers(const Headers&) override {}
  void reset(Code) override {}
  Wire* receiving_wire() override { return nullptr; }
  Wire* sending_wire() override { return nullptr; }
  std::uint64_t body_left() const override { return 0; }
  bool skip_received(std::uint64_t) override { return false; }
  void skip_sent(std::uint64_t, End) override {}
  std::size_t writable() const override { return 0; }
  void consumed(std::size_t) override {}

 private:
  void on_released() override {
    ++releases;
    EXPECT_FALSE(is_gripped());
  }
};

TEST(StreamGrip, an_empty_one_holds_nothing) {
  StreamGrip grip;
  EXPECT_FALSE(grip);
  grip.drop();
}

TEST(StreamGrip, destroying_it_releases_the_stream_once) {
  StubStream stream;
  {
    const StreamGrip grip(stream);
    EXPECT_TRUE(grip);
    EXPECT_TRUE(stream.is_held());
    EXPECT_EQ(stream.releases, 0);
  }
  EXPECT_FALSE(stream.is_held());
  EXPECT_EQ(stream.releases, 1);
}

TEST(StreamGrip, dropping_it_twice_releases_once) {
  StubStream stream;
  StreamGrip grip(stream);
  grip.drop();
  grip.drop();
  EXPECT_FALSE(grip);
  EXPECT_EQ(stream.releases, 1);
}

TEST(StreamGrip, moving_it_moves_the_hold) {
  StubStream stream;
  StreamGrip first(stream);
  StreamGrip second(std::move(first));
  EXPECT_FALSE(first);
  EXPECT_TRUE(second);
  first.drop();
  EXPECT_EQ(stream.releases, 0);
  stream.lose();
  EXPECT_FALSE(second);
  EXPECT_EQ(stream.releases, 0);
}

TEST(StreamGrip, assigning_to_it_releases_what_it_held) {
  StubStream one, two;
  StreamGrip grip(one);
  grip = StreamGrip(two);
  EXPECT_EQ(one.releases, 1);
  EXPECT_EQ(two.releases, 0);
  StreamGrip& same = grip;
  grip = std::move(same);
  EXPECT_TRUE(grip);
  EXPECT_EQ(two.releases, 0);
}

TEST(StreamGrip, a_stream_that_dies_first_empties_it) {
  StreamGrip grip;
  {
    StubStream stream;
    grip = StreamGrip(stream);
    stream.lose();
    stream.lose();
  }
  EXPECT_FALSE(grip);
}

TEST(StreamGrip, a_released_stream_can_be_held_again) {
  StubStream stream;
  StreamGrip(stream).drop();
  StreamGrip again(stream);
  EXPECT_TRUE(stream.is_held());
  again.drop();
  EXPECT_EQ(stream.releases, 2);
}

}  // namespace
}  // namespace gladhand::http
