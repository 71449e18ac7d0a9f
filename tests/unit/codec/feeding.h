// Every way to cut the same bytes, and whether a codec cares.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace gladhand::codec {

// Where to cut `size` bytes in two: everywhere, or, in large inputs, everywhere near both ends and at some places between.
inline std::vector<std::size_t> cuts(std::size_t size) {
  constexpr std::size_t kEverywhere = 600;
  std::vector<std::size_t> places;
  for (std::size_t i = 1; i < size; ++i) {
    if (i < kEverywhere / 2 || size - i < kEverywhere / 2 || i % 4093 == 0) places.push_back(i);
  }
  return places;
}

// `Run` is called with the pieces of `bytes`, in order, and returns the story that a fresh codec tells about them. The story
// of the whole, after checking that all others are the same.
template <class Run>
std::string story_however_cut(std::string_view bytes, Run run) {
  const std::string whole = run(std::vector<std::string_view>{bytes});
  std::vector<std::string_view> single;
  for (std::size_t i = 0; i < bytes.size(); ++i) single.push_back(bytes.substr(i, 1));
  EXPECT_EQ(run(single), whole) << "byte by byte";
  for (std::size_t at : cuts(bytes.size())) {
    const std::string cut = run(std::vector<std::string_view>{bytes.substr(0, at), bytes.substr(at)});
    EXPECT_EQ(cut, whole) << "cut at " << at;
    if (cut != whole) break;  // one is enough to look at
  }
  return whole;
}

}  // namespace gladhand::codec
