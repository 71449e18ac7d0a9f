#include "base/list.h"

#include <gmock/gmock.h>

#include <memory>
#include <vector>

namespace gladhand {
namespace {

using testing::ElementsAre;

struct Item : ListNode<Item> {
  explicit Item(int value) : number(value) {}
  int number;
};

std::vector<int> numbers(List<Item>& list) {
  std::vector<int> found;
  list.for_each([&](Item& item) { found.push_back(item.number); });
  return found;
}

TEST(List, items_stand_in_the_order_of_their_pushes) {
  List<Item> list;
  EXPECT_TRUE(list.empty());
  Item one(1), two(2), three(3);
  list.push_back(two);
  list.push_back(three);
  list.push_front(one);
  EXPECT_THAT(numbers(list), ElementsAre(1, 2, 3));
  EXPECT_EQ(list.front().number, 1);
  EXPECT_EQ(list.back().number, 3);
}

TEST(List, an_item_leaves_from_any_place_and_only_once) {
  List<Item> list;
  Item one(1), two(2), three(3);
  for (Item* item : {&one, &two, &three}) list.push_back(*item);
  two.unlink();
  two.unlink();
  EXPECT_FALSE(two.is_linked());
  EXPECT_THAT(numbers(list), ElementsAre(1, 3));
  list.push_back(two);
  EXPECT_THAT(numbers(list), ElementsAre(1, 3, 2));
}

TEST(List, a_destroyed_item_is_gone_from_it) {
  List<Item> list;
  Item one(1), three(3);
  list.push_back(one);
  {
    Item two(2);
    list.push_back(two);
    list.push_back(three);
  }
  EXPECT_THAT(numbers(list), ElementsAre(1, 3));
}

TEST(List, items_outlive_the_list_unlinked) {
  Item one(1), two(2);
  {
    List<Item> list;
    list.push_back(one);
    list.push_back(two);
  }
  EXPECT_FALSE(one.is_linked());
  EXPECT_FALSE(two.is_linked());
}

TEST(List, everything_can_be_moved_to_another) {
  List<Item> list, other;
  Item one(1), two(2);
  list.push_back(one);
  list.push_back(two);
  list.move_to(other);
  EXPECT_TRUE(list.empty());
  EXPECT_THAT(numbers(other), ElementsAre(1, 2));
  list.move_to(other);
  EXPECT_THAT(numbers(other), ElementsAre(1, 2));
}

TEST(List, a_visitor_may_destroy_what_it_visits) {
  List<Item> list;
  std::vector<std::unique_ptr<Item>> items;
  for (int i = 0; i < 4; ++i) list.push_back(*items.emplace_back(std::make_unique<Item>(i)));
  list.for_each([&](Item& item) {
    if (item.number % 2) items[static_cast<std::size_t>(item.number)].reset();
  });
  EXPECT_THAT(numbers(list), ElementsAre(0, 2));
}

}  // namespace
}  // namespace gladhand
