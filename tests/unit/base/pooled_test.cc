#include "base/pooled.h"

#include <gmock/gmock.h>

#include <memory>

namespace gladhand {
namespace {

struct Base {
  virtual ~Base() = default;
};
struct Item final : Base, Pooled<Item> {
  char content[100];
};
struct Open : Pooled<Open> {
  virtual ~Open() = default;
  int small = 1;
};
struct Larger final : Open {
  char content[100];
};

TEST(PooledTest, memory_that_came_back_is_used_next) {
  if (!kPoolsMemory) GTEST_SKIP() << "a sanitizer wants to see every object's end";
  const void* first = std::make_unique<Item>().get();
  const auto again = std::make_unique<Item>();
  EXPECT_EQ(static_cast<const void*>(again.get()), first);
  EXPECT_NE(static_cast<const void*>(std::make_unique<Item>().get()), first) << "it is in use";
}

TEST(PooledTest, an_object_that_dies_as_its_base_returns_too) {
  if (!kPoolsMemory) GTEST_SKIP() << "a sanitizer wants to see every object's end";
  std::unique_ptr<Base> item = std::make_unique<Item>();
  const void* first = dynamic_cast<Item*>(item.get());
  item.reset();
  EXPECT_EQ(static_cast<const void*>(std::make_unique<Item>().get()), first);
}

TEST(PooledTest, a_larger_descendant_never_lands_in_the_place_of_a_smaller_one) {
  std::make_unique<Open>().reset();
  const std::unique_ptr<Open> larger = std::make_unique<Larger>();
  const auto small = std::make_unique<Open>();
  EXPECT_NE(larger.get(), small.get());
  std::fill_n(static_cast<Larger&>(*larger).content, 100, 'x');
  EXPECT_EQ(small->small, 1);
}

}  // namespace
}  // namespace gladhand
