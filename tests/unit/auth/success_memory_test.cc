#include "auth/success_memory.h"

#include <gtest/gtest.h>

namespace gladhand::auth {
namespace {

using namespace std::chrono_literals;

SuccessMemory::Digest digest(std::size_t number) {
  SuccessMemory::Digest digest{};
  std::memcpy(digest.data() + 16, &number, sizeof number);  // the same in what it is hashed by
  return digest;
}

TEST(SuccessMemory, what_was_added_is_held_for_its_life_and_not_longer) {
  SuccessMemory memory;
  memory.add(digest(1), 100s);
  EXPECT_TRUE(memory.holds(digest(1), 100s));
  EXPECT_FALSE(memory.holds(digest(2), 100s));
  EXPECT_TRUE(memory.holds(digest(1), 160s - 1ns));
  EXPECT_FALSE(memory.holds(digest(1), 160s));
}

TEST(SuccessMemory, a_life_is_not_prolonged_and_can_begin_anew) {
  SuccessMemory memory;
  memory.add(digest(1), 100s);
  memory.add(digest(1), 130s);
  EXPECT_EQ(memory.size(), 1u);
  EXPECT_FALSE(memory.holds(digest(1), 160s));
  memory.add(digest(1), 160s);
  EXPECT_EQ(memory.size(), 1u);
  EXPECT_TRUE(memory.holds(digest(1), 219s));
}

TEST(SuccessMemory, what_has_ended_is_let_go) {
  SuccessMemory memory;
  for (std::size_t i = 0; i < 10; ++i) memory.add(digest(i), 100s);
  memory.add(digest(10), 150s);
  EXPECT_EQ(memory.size(), 11u);
  memory.add(digest(11), 160s);
  EXPECT_EQ(memory.size(), 2u);
  EXPECT_TRUE(memory.holds(digest(10), 160s));
}

TEST(SuccessMemory, when_it_is_full_the_oldest_gives_way) {
  SuccessMemory memory;
  for (std::size_t i = 0; i <= SuccessMemory::kMost; ++i) memory.add(digest(i), 100s);
  EXPECT_EQ(memory.size(), SuccessMemory::kMost);
  EXPECT_FALSE(memory.holds(digest(0), 100s));
  EXPECT_TRUE(memory.holds(digest(1), 100s));
  EXPECT_TRUE(memory.holds(digest(SuccessMemory::kMost), 100s));
}

}  // namespace
}  // namespace gladhand::auth
