#include "base/size_classes.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <cstring>
#include <thread>

namespace gladhand::size_classes {
namespace {

constexpr std::size_t kUnpooled = 100'000;

TEST(SizeClasses, a_piece_holds_what_was_asked_for_and_is_aligned_as_malloc_s) {
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{16}, std::size_t{17}, std::size_t{4000}, std::size_t{65'520}, kUnpooled}) {
    void* piece = allocate(size);
    ASSERT_NE(piece, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece) % alignof(std::max_align_t), 0u) << size;
    std::memset(piece, 0xab, size);  // which a sanitizer watches
    release(piece);
  }
  release(nullptr);
}

TEST(SizeClasses, memory_that_came_back_is_used_next) {
  void* first = allocate(200);
  release(first);
  void* second = allocate(150);
  EXPECT_EQ(second, first);
  void* third = allocate(150);
  EXPECT_NE(third, second);
  release(second);
  release(third);
}

TEST(SizeClasses, what_grows_keeps_its_content) {
  char* text = static_cast<char*>(reallocate(nullptr, 4));
  std::memcpy(text, "abc", 4);
  for (std::size_t size : {std::size_t{10}, std::size_t{1000}, kUnpooled, 2 * kUnpooled, std::size_t{4}}) {
    text = static_cast<char*>(reallocate(text, size));
    ASSERT_STREQ(text, "abc") << size;
  }
  release(text);
}

TEST(SizeClasses, a_piece_may_be_released_on_another_thread) {
  void* piece = allocate(300);
  void* reused = nullptr;
  std::thread([&] {
    release(piece);
    reused = allocate(300);
  }).join();
  EXPECT_EQ(reused, piece);
  void* other = allocate(300);
  EXPECT_NE(other, piece);
  release(other);
  release(reused);
}

}  // namespace
}  // namespace gladhand::size_classes
