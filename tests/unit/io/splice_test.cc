#include "io/splice.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "support/loop_rig.h"
#include "support/slices.h"
#include "support/sockets.h"

namespace gladhand::io {
namespace {

using test::connection;
using test::LoopRig;
using test::Socket;

// An upload: sender, first connection of ours, splice, second connection of ours, receiver.
class SpliceTest : public testing::Test, public MoverEvents {
 protected:
  class Listener final : public TcpEvents {
   public:
    std::string transcript, received;
    void on_connected() override {}
    void on_read(Slice bytes) override { received += bytes.view(); }
    void on_end() override { transcript += "end "; }
    void on_error(Code code) override { transcript += std::string(row(code).name) + ' '; }
    void on_drained() override { transcript += "drained "; }
  };

  SpliceTest() { connect(); }
  void connect() {
    moved = 0;
    auto [from, near] = connection();
    auto [to, far] = connection();
    sender = std::move(near);
    receiver = std::move(far);
    first = std::make_unique<Tcp>(rig.loop, first_events, from.release());
    second = std::make_unique<Tcp>(rig.loop, second_events, to.release());
    first->start_reading();
  }
  void on_moved(std::size_t bytes) override {
    moved += bytes;
    if (splice && splice->is_done()) {
      is_done = true;
      splice.reset();
    }
  }
  void start(std::uint64_t bytes) {
    splice = std::make_unique<Splice>(*first, *second, bytes, *this);
    ASSERT_TRUE(splice->is_ready());
  }
  // The loop goes on, the sender sends what its socket takes and the receiver reads.
  bool run_until(const std::function<bool()>& happened, std::string_view& to_send, bool reads = true) {
    sender.make_non_blocking();
    return rig.run_until([&] {
      const ssize_t n = to_send.empty() ? 0 : ::send(sender.fd(), to_send.data(), to_send.size(), MSG_NOSIGNAL);
      if (n > 0) to_send.remove_prefix(static_cast<std::size_t>(n));
      if (reads) received += receiver.receive_some();
      return happened();
    });
  }
  static std::string text_of(std::size_t size) {
    std::string text;
    for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
    text.resize(size);
    return text;
  }

  LoopRig rig;
  Socket sender, receiver;
  Listener first_events, second_events;
  std::unique_ptr<Tcp> first, second;
  std::unique_ptr<Splice> splice;
  std::uint64_t moved = 0;
  bool is_done = false;
  std::string received;
};

TEST_F(SpliceTest, every_byte_goes_across_and_no_other_does) {
  for (std::size_t size : {1u, 1000u, 100'000u, 20'000'000u}) {
    moved = 0;
    received.clear();
    first_events.received.clear();
    is_done = false;
    const std::string text = text_of(size);
    const std::string with_more = text + "next head";
    std::string_view to_send = with_more;
    start(size);
    ASSERT_TRUE(run_until([&] { return is_done && received.size() >= size && first_events.received.size() == 9; }, to_send)) << size << " " << moved << " " << received.size();
    EXPECT_EQ(moved, size);
    EXPECT_TRUE(received == text) << size;
    EXPECT_EQ(first_events.received, "next head") << "reading is ordinary again";
    EXPECT_EQ(first_events.transcript + second_events.transcript, "");
  }
}

TEST_F(SpliceTest, a_receiver_that_does_not_read_holds_the_sender_up) {
  const std::string text = text_of(30'000'000);
  std::string_view to_send = text;
  start(text.size());
  ASSERT_TRUE(run_until([&] { return splice->is_held_up(); }, to_send, false));
  std::uint64_t before = moved;
  int turns = 0;
  run_until([&] { return ++turns == 200; }, to_send, false);
  EXPECT_LE(moved, before + 2'000'000) << "what two sockets and a pipe hold";
  EXPECT_FALSE(to_send.empty());
  ASSERT_TRUE(run_until([&] { return is_done && received.size() == text.size(); }, to_send));
  EXPECT_TRUE(received == text);
}

TEST_F(SpliceTest, a_sender_that_ends_early_is_told_of) {
  const std::string text = text_of(1000);
  std::string_view to_send = text;
  start(5000);
  ASSERT_TRUE(run_until([&] { return moved == 1000; }, to_send));
  sender.end();
  ASSERT_TRUE(run_until([&] { return !first_events.transcript.empty(); }, to_send));
  EXPECT_TRUE(first_events.transcript.starts_with("end "));
  EXPECT_FALSE(is_done);
}

TEST_F(SpliceTest, a_sender_that_resets_is_told_of) {
  const std::string text = text_of(1000);
  std::string_view to_send = text;
  start(5000);
  ASSERT_TRUE(run_until([&] { return moved == 1000; }, to_send));
  sender.reset();
  ASSERT_TRUE(rig.run_until([&] { return !first_events.transcript.empty(); }));
  EXPECT_EQ(first_events.transcript, "reset ");
}

TEST_F(SpliceTest, a_receiver_that_resets_is_told_of) {
  const std::string text = text_of(5'000'000);
  std::string_view to_send = text;
  start(text.size());
  ASSERT_TRUE(run_until([&] { return moved > 100'000; }, to_send));
  receiver.reset();
  ASSERT_TRUE(rig.run_until([&] {
    const ssize_t n = ::send(sender.fd(), to_send.data(), to_send.size(), MSG_NOSIGNAL);
    if (n > 0) to_send.remove_prefix(static_cast<std::size_t>(n));
    return !second_events.transcript.empty();
  }));
  EXPECT_EQ(second_events.transcript, "reset ");
  EXPECT_FALSE(is_done);
}

TEST_F(SpliceTest, it_may_be_given_up_at_any_moment) {
  const std::string text = text_of(10'000'000);
  for (std::uint64_t limit : {0u, 1u, 1'000'000u, UINT32_MAX}) {
    std::string_view to_send = text;
    connect();
    start(text.size());
    const bool reads = limit < UINT32_MAX;
    ASSERT_TRUE(run_until([&] { return moved >= limit || splice->is_held_up(); }, to_send, reads));
    splice.reset();
    first.reset();
    second.reset();
    rig.run_a_while();
  }
}

}  // namespace
}  // namespace gladhand::io
