#include "base/arena.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gladhand {
namespace {

TEST(Arena, texts_stay_where_they_are_while_it_grows) {
  Arena arena;
  std::vector<std::string_view> views;
  for (int i = 0; i < 2000; ++i) views.push_back(arena.copy(std::string(static_cast<std::size_t>(i % 50), static_cast<char>('a' + i % 26))));
  for (int i = 0; i < 2000; ++i) {
    EXPECT_EQ(views[static_cast<std::size_t>(i)], std::string(static_cast<std::size_t>(i % 50), static_cast<char>('a' + i % 26)));
  }
}

TEST(Arena, a_text_larger_than_any_block_fits) {
  Arena arena;
  arena.copy("before");
  const std::string large(2 * Block::kLarge, 'x');
  const std::string_view copy = arena.copy(large);
  arena.copy("after");
  EXPECT_EQ(copy, large);
}

TEST(Arena, parts_are_joined_and_may_be_empty) {
  Arena arena;
  EXPECT_EQ(arena.join({"a", "", std::string_view{}, "bc"}), "abc");
  EXPECT_EQ(arena.join({}), "");
  EXPECT_EQ(arena.copy({}), "");
}

TEST(Arena, the_whole_of_a_block_is_used) {
  Arena arena;
  char* first = arena.allocate(Block::kSmall - 1);
  EXPECT_EQ(arena.allocate(1), first + Block::kSmall - 1);
  EXPECT_NE(arena.allocate(1), first + Block::kSmall);
}

TEST(Arena, it_can_be_used_again_after_clear) {
  Arena arena;
  for (int i = 0; i < 3; ++i) {
    const std::string text(Block::kSmall, static_cast<char>('a' + i));
    EXPECT_EQ(arena.copy("short"), "short");
    EXPECT_EQ(arena.copy(text), text);
    arena.clear();
    arena.clear();
  }
}

}  // namespace
}  // namespace gladhand
