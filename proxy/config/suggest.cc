#include "config/suggest.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/printable.h"

namespace gladhand::config {

namespace {

constexpr std::size_t kLongest = 64;  // the cost is quadratic, and no key of ours is longer
constexpr std::size_t kMostListed = 16;

std::string folded(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-') c = '_';
  }
  return out;
}

// Optimal string alignment: Levenshtein's distance, with two neighbours swapped counted as one slip.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

bool is_beginning(std::string_view shorter, std::string_view longer) {
  return shorter.size() >= 3 && longer.starts_with(shorter);
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > kLongest) return {};
  const std::string typed = folded(word);
  std::string_view best;
  std::size_t best_distance = kLongest;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kLongest) continue;
    const std::string known = folded(candidate);
    const std::size_t allowed = std::max<std::size_t>(1, std::min(typed.size(), known.size()) / 3);
    std::size_t d = distance(typed, known);
    // One letter for another says nothing in a word of two letters.
    const bool too_short = std::min(typed.size(), known.size()) < 3 && d > 0;
    if (d > allowed || too_short) d = is_beginning(typed, known) || is_beginning(known, typed) ? allowed : kLongest;
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

std::string suggest(std::string_view word, std::span<const std::string_view> candidates, std::string_view otherwise) {
  if (candidates.empty()) return {};
  if (const std::string_view best = nearest(word, candidates); !best.empty()) {
    return fmt::format("did you mean {}?", back_quoted(best));
  }
  const auto listed = candidates.first(std::min(candidates.size(), kMostListed));
  return fmt::format("{}: {}{}", otherwise, fmt::join(listed, ", "), listed.size() < candidates.size() ? ", …" : "");
}

std::string did_you_mean(std::string_view text) { return fmt::format("did you mean \"{}\"?", text); }

}  // namespace gladhand::config
