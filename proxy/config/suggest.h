// Did you mean ...?
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gladhand::config {

// The candidate that a slip of the fingers could have turned into `word`: few letters missing, added, wrong or swapped,
// other case, - for _, or only a beginning of it. Empty: none is near enough.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// "did you mean `address`?", or if none is near "expected one of: a, b", or nothing if there are no candidates.
std::string suggest(std::string_view word, std::span<const std::string_view> candidates,
                    std::string_view otherwise = "expected one of");

// "did you mean \"text\"?"
std::string did_you_mean(std::string_view text);

}  // namespace gladhand::config
