#include "observe/growing.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "observe/cell.h"

namespace gladhand::observe {
namespace {

TEST(Growing, elements_stay_where_they_are_while_it_grows) {
  Growing<std::string> list(3);
  list[0] = "first";
  list[2] = "third";
  const std::string* first = &list[0];
  const std::string* third = &list[2];
  list.grow_to(5'000);
  list[4'999] = "last";
  EXPECT_EQ(&list[0], first);
  EXPECT_EQ(&list[2], third);
  EXPECT_EQ(list[0], "first");
  EXPECT_EQ(list[2], "third");
  EXPECT_EQ(list[1], "");
  EXPECT_EQ(list[4'999], "last");
}

TEST(Growing, each_index_is_an_element_of_its_own) {
  Growing<std::size_t> list(Growing<std::size_t>::kMost);
  for (std::size_t i = 0; i < Growing<std::size_t>::kMost; ++i) list[i] = i;
  for (std::size_t i = 0; i < Growing<std::size_t>::kMost; ++i) ASSERT_EQ(list[i], i);
}

TEST(Growing, it_knows_what_it_has_room_for) {
  Growing<int> list;
  EXPECT_FALSE(list.has(0));
  list.grow_to(1);
  EXPECT_TRUE(list.has(0));
  EXPECT_FALSE(list.has(1));
  list.grow_to(2);
  EXPECT_TRUE(list.has(1));
  EXPECT_FALSE(list.has(Growing<int>::kMost));
}

TEST(Growing, nothing_is_lost_of_what_is_there_when_it_is_told_to_be_smaller) {
  Growing<int> list(10);
  list[9] = 9;
  list.grow_to(1);
  EXPECT_EQ(list[9], 9);
}

// Meant for ThreadSanitizer, too.
TEST(Growing, one_thread_adds_while_another_counts) {
  Growing<Count> list(1);
  std::atomic<std::size_t> size = 1;
  std::jthread counting([&] {
    for (std::size_t known = 1; known < 1'000; known = size) list[known - 1].add();
  });
  for (std::size_t n = 2; n <= 1'000; ++n) {
    list.grow_to(n);
    size = n;
  }
  counting.join();
  EXPECT_GE(list[0].value(), 0u);
  EXPECT_TRUE(list.has(999));
}

}  // namespace
}  // namespace gladhand::observe
