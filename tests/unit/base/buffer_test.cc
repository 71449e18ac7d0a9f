#include "base/buffer.h"

#include <gmock/gmock.h>

#include <random>

#include "support/slices.h"

namespace gladhand {
namespace {

using test::buffer_of;
using testing::ElementsAre;

std::vector<std::string> pieces(const Buffer& buffer) {
  std::vector<std::string> texts;
  for (const Slice& slice : buffer.slices()) texts.emplace_back(slice.view());
  return texts;
}

// Slices of different blocks, which are never merged.
Buffer buffer_of_pieces(std::initializer_list<std::string_view> texts) {
  Buffer buffer;
  for (std::string_view text : texts) buffer.append(Slice::copy(text));
  return buffer;
}

TEST(Block, capacities_are_rounded_up_to_the_pooled_sizes) {
  for (const auto& [asked, made] : {std::pair{std::size_t{0}, Block::kTiny}, {Block::kTiny, Block::kTiny}, {Block::kTiny + 1, Block::kSmall}, {Block::kSmall, Block::kSmall}, {Block::kSmall + 1, Block::kLarge},
                                    {Block::kLarge, Block::kLarge}, {Block::kLarge + 1, Block::kLarge + 1}}) {
    Block* block = Block::make(asked);
    EXPECT_EQ(block->capacity, made);
    EXPECT_EQ(block->users, 1u);
    block->release();
  }
}

TEST(Block, a_pooled_block_comes_back_with_one_user) {
  for (int i = 0; i < 3; ++i) {
    Block* block = Block::make(10);
    EXPECT_EQ(block->users, 1u);
    std::memset(block->data(), i, block->capacity);
    block->release();
  }
}

TEST(Slice, copies_and_parts_are_users_of_the_block_and_moves_are_not) {
  Slice first = Slice::copy("abcdef");
  Block* block = first.block();
  EXPECT_EQ(block->users, 1u);
  {
    const Slice second = first;
    EXPECT_EQ(block->users, 2u);
    const Slice part = first.part(2, 3);
    EXPECT_EQ(part.view(), "cde");
    EXPECT_EQ(block->users, 3u);
  }
  EXPECT_EQ(block->users, 1u);
  const Slice moved = std::move(first);
  EXPECT_EQ(block->users, 1u);
  EXPECT_EQ(moved.view(), "abcdef");
  EXPECT_EQ(first.size(), 0u);
}

TEST(Slice, assignment_lets_go_of_the_old_block) {
  Slice kept = Slice::copy("kept");
  Slice other = kept;
  other = Slice::copy("new");
  EXPECT_EQ(kept.block()->users, 1u);
  EXPECT_EQ(other.view(), "new");
  other = kept;
  EXPECT_EQ(kept.block()->users, 2u);
  const Slice& same = other;
  other = same;
  EXPECT_EQ(kept.block()->users, 2u);
  EXPECT_EQ(other.view(), "kept");
}

TEST(Slice, a_literal_has_no_block) {
  const Slice slice = Slice::literal("text");
  const Slice copy = slice;
  EXPECT_EQ(copy.block(), nullptr);
  EXPECT_EQ(copy.view(), "text");
}

TEST(Slice, a_shared_slice_keeps_its_block_alive) {
  Slice rest;
  {
    const Slice whole = Slice::copy("headbody");
    rest = Slice::share(whole.block(), whole.data() + 4, 4);
  }
  EXPECT_EQ(rest.view(), "body");
}

TEST(Slice, copying_an_empty_text_is_allowed) { EXPECT_EQ(Slice::copy({}).view(), ""); }

TEST(Buffer, text_is_gathered_in_one_slice) {
  Buffer buffer;
  buffer.append("one ");
  buffer.append("two");
  EXPECT_THAT(pieces(buffer), ElementsAre("one two"));
  EXPECT_EQ(buffer.size(), 7u);
}

TEST(Buffer, text_larger_than_a_block_is_spread_over_several) {
  std::string text(3 * Block::kLarge + 5, 'x');
  text.front() = '<', text.back() = '>';
  Buffer buffer;
  buffer.append(text);
  EXPECT_EQ(buffer.slices().size(), 4u);
  EXPECT_EQ(buffer.to_string(), text);
}

TEST(Buffer, an_empty_slice_is_not_kept) {
  Buffer buffer;
  buffer.append(Slice::literal(""));
  buffer.append(std::string_view{});
  EXPECT_TRUE(buffer.slices().empty());
}

TEST(Buffer, neighbours_in_one_block_become_one_slice) {
  const Slice whole = Slice::copy("abcdef");
  Buffer buffer;
  buffer.append(whole.part(0, 2));
  buffer.append(whole.part(2, 4));
  EXPECT_THAT(pieces(buffer), ElementsAre("abcdef"));
  EXPECT_EQ(whole.block()->users, 2u);
  buffer.append(whole.part(0, 2));
  EXPECT_THAT(pieces(buffer), ElementsAre("abcdef", "ab"));
}

TEST(Buffer, text_is_never_written_behind_a_slice_that_came_from_elsewhere) {
  const Slice whole = Slice::copy("abcdef");
  Buffer buffer;
  buffer.append(whole.part(0, 3));
  buffer.append("XYZ");
  EXPECT_EQ(whole.view(), "abcdef");
  EXPECT_EQ(buffer.to_string(), "abcXYZ");
}

TEST(Buffer, text_around_slices_that_came_from_elsewhere_shares_a_block) {
  const Slice whole = Slice::copy("abcdef");
  Buffer buffer;
  buffer.append("one");
  buffer.append(whole);
  buffer.append("two");
  EXPECT_THAT(pieces(buffer), ElementsAre("one", "abcdef", "two"));
  EXPECT_EQ(buffer.slices()[0].block(), buffer.slices()[2].block());
  Buffer more;
  more.append("x");
  more.append(whole);
  buffer.append(std::move(more));
  buffer.append("three");
  EXPECT_THAT(pieces(buffer), ElementsAre("one", "abcdef", "two", "x", "abcdef", "three"));
}

TEST(Buffer, a_block_is_free_when_its_buffer_is_empty) {
  Buffer buffer;
  buffer.append("one");
  const Slice held = buffer.slices().front();
  buffer.clear();
  EXPECT_EQ(held.block()->users, 1u);
}

TEST(Buffer, what_was_handed_on_does_not_change_when_more_is_written) {
  Buffer buffer;
  buffer.append("first");
  Buffer other;
  other.append(buffer.slices().front());
  buffer.append("second");
  other.append("third");
  EXPECT_EQ(buffer.to_string(), "firstsecond");
  EXPECT_EQ(other.to_string(), "firstthird");
}

TEST(Buffer, a_reserved_place_is_filled_by_commit) {
  Buffer buffer;
  std::memcpy(buffer.reserve(100), "hello", 5);
  EXPECT_TRUE(buffer.empty());
  buffer.commit(5);
  std::memcpy(buffer.reserve(100), " you", 4);
  buffer.commit(4);
  EXPECT_THAT(pieces(buffer), ElementsAre("hello you"));
}

TEST(Buffer, a_reservation_that_does_not_fit_behind_the_tail_gets_a_block_of_its_own) {
  Buffer buffer;
  buffer.append("x");
  const std::size_t room = Block::kSmall - 1;
  std::memset(buffer.reserve(room), 'y', room);
  buffer.commit(room);
  EXPECT_EQ(buffer.slices().size(), 1u);
  std::memcpy(buffer.reserve(1), "z", 1);
  buffer.commit(1);
  EXPECT_EQ(buffer.slices().size(), 2u);
  EXPECT_EQ(buffer.size(), Block::kSmall + 1);
}

TEST(Buffer, committing_nothing_leaves_no_empty_slice) {
  Buffer buffer;
  buffer.reserve(10);
  buffer.commit(0);
  EXPECT_TRUE(buffer.slices().empty());
  buffer.append(Slice::literal("a"));
  buffer.reserve(10);
  buffer.commit(0);
  EXPECT_THAT(pieces(buffer), ElementsAre("a"));
}

TEST(Buffer, nothing_can_be_reserved) {
  Buffer buffer;
  EXPECT_NE(buffer.reserve(0), nullptr);
  buffer.commit(0);
  EXPECT_TRUE(buffer.empty());
}

TEST(Buffer, a_reservation_that_is_never_committed_is_given_back) {
  Buffer buffer;
  buffer.reserve(10);
}

TEST(Buffer, consuming_drops_whole_slices_and_the_front_of_the_next) {
  Buffer buffer = buffer_of_pieces({"abc", "def", "ghi"});
  const Slice second = buffer.slices()[1];
  EXPECT_EQ(second.block()->users, 2u);
  buffer.consume(4);
  EXPECT_THAT(pieces(buffer), ElementsAre("ef", "ghi"));
  buffer.consume(2);
  EXPECT_EQ(second.block()->users, 1u);
  buffer.consume(0);
  EXPECT_THAT(pieces(buffer), ElementsAre("ghi"));
  buffer.clear();
  EXPECT_TRUE(buffer.empty());
  EXPECT_TRUE(buffer.slices().empty());
}

TEST(Buffer, text_may_follow_when_everything_was_consumed) {
  Buffer buffer;
  buffer.append("gone");
  buffer.consume(4);
  buffer.append("here");
  EXPECT_THAT(pieces(buffer), ElementsAre("here"));
}

TEST(Buffer, taking_moves_the_front_out) {
  Buffer buffer = buffer_of_pieces({"abc", "def"});
  EXPECT_EQ(buffer.take(0).size(), 0u);
  const Buffer front = buffer.take(4);
  EXPECT_THAT(pieces(front), ElementsAre("abc", "d"));
  EXPECT_THAT(pieces(buffer), ElementsAre("ef"));
  const Buffer rest = buffer.take(2);
  EXPECT_EQ(rest.to_string(), "ef");
  EXPECT_TRUE(buffer.empty());
}

TEST(Buffer, a_part_that_was_taken_keeps_its_bytes_when_the_rest_grows) {
  Buffer buffer;
  buffer.append("abcdef");
  const Buffer front = buffer.take(3);
  buffer.append("ghi");
  EXPECT_EQ(front.to_string(), "abc");
  EXPECT_EQ(buffer.to_string(), "defghi");
}

TEST(Buffer, appending_a_buffer_leaves_it_empty_and_usable) {
  Buffer buffer = buffer_of_pieces({"a", "b"});
  Buffer other = buffer_of_pieces({"c", "d", "e", "f", "g"});
  buffer.append(std::move(other));
  EXPECT_EQ(buffer.to_string(), "abcdefg");
  EXPECT_TRUE(other.empty());
  other.append("again");
  EXPECT_EQ(other.to_string(), "again");
  buffer.append(Buffer());
  EXPECT_EQ(buffer.size(), 7u);
}

TEST(Buffer, text_goes_on_in_the_tail_of_an_appended_buffer) {
  Buffer buffer;
  buffer.append("a");
  Buffer other;
  other.append("b");
  buffer.append(std::move(other));
  buffer.append("c");
  EXPECT_THAT(pieces(buffer), ElementsAre("a", "bc"));
}

TEST(Buffer, moving_works_for_few_slices_and_for_many) {
  for (int count : {0, 1, 4, 5, 20}) {
    Buffer buffer;
    std::string text;
    for (int i = 0; i < count; ++i) {
      buffer.append(Slice::copy(std::string(1, static_cast<char>('a' + i))));
      text += static_cast<char>('a' + i);
    }
    Buffer moved = std::move(buffer);
    EXPECT_EQ(moved.to_string(), text);
    EXPECT_TRUE(buffer.empty());
    buffer.append("again");
    EXPECT_EQ(buffer.to_string(), "again");

    Buffer target = buffer_of("old");
    target = std::move(moved);
    EXPECT_EQ(target.to_string(), text);
    EXPECT_TRUE(moved.empty());
    Buffer large = buffer_of_pieces({"1", "2", "3", "4", "5", "6"});
    large = std::move(target);
    EXPECT_EQ(large.to_string(), text);
  }
}

TEST(Buffer, a_long_queue_that_moves_along_stays_right) {
  Buffer buffer;
  std::string expected;
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i) {
    const std::string text(random() % 9, static_cast<char>('a' + i % 26));
    switch (random() % 4) {
      case 0: buffer.append(Slice::copy(text)), expected += text; break;
      case 1: buffer.append(text), expected += text; break;
      case 2: {
        const std::size_t n = random() % (buffer.size() + 1);
        ASSERT_EQ(buffer.take(n).to_string(), expected.substr(0, n));
        expected.erase(0, n);
        break;
      }
      case 3: {
        Buffer other = buffer.take(buffer.size() / 2);
        other.append(std::move(buffer));
        buffer = std::move(other);
        break;
      }
    }
    ASSERT_EQ(buffer.size(), expected.size());
    for (const Slice& slice : buffer.slices()) ASSERT_GT(slice.size(), 0u);
  }
  EXPECT_EQ(buffer.to_string(), expected);
}

TEST(ReadSpace, small_reads_stay_in_the_same_place_when_nobody_keeps_them) {
  ReadSpace space;
  const char* first = space.room().data();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(space.room().data(), first);
    EXPECT_GE(space.room().size(), ReadSpace::kRoom);
    space.taken(1000);
  }
}

TEST(ReadSpace, what_somebody_keeps_is_not_overwritten) {
  ReadSpace space;
  std::vector<Slice> kept;
  for (int i = 0; i < 300; ++i) {
    const std::span<char> room = space.room();
    ASSERT_GE(room.size(), ReadSpace::kRoom);
    std::memset(room.data(), 'a' + i % 26, 1000);
    kept.push_back(space.taken(1000));
  }
  for (int i = 0; i < 300; ++i) EXPECT_EQ(kept[static_cast<std::size_t>(i)].view(), std::string(1000, static_cast<char>('a' + i % 26)));
}

TEST(ReadSpace, slices_outlive_it) {
  Slice kept;
  {
    ReadSpace space;
    std::memcpy(space.room().data(), "kept", 4);
    kept = space.taken(4);
  }
  EXPECT_EQ(kept.view(), "kept");
}

TEST(ReadSpace, reads_one_behind_the_other_are_neighbours) {
  ReadSpace space;
  Buffer buffer;
  for (std::string_view text : {"one ", "two ", "three"}) {
    std::ranges::copy(text, space.room().data());
    buffer.append(space.taken(text.size()));
  }
  EXPECT_THAT(pieces(buffer), ElementsAre("one two three"));
}

}  // namespace
}  // namespace gladhand
