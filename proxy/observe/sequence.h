// Who said what to whom, and when, on one connection: what the Mermaid text and the picture are drawn from.
//
// Every mark becomes a step. How a mark is drawn says a table in sequence.cc; one that has no row there becomes a note
// with its name, so that a new mark is seen at once. A step whose instant is not known has none, and what is not known to
// have happened is no step.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "observe/recents.h"

namespace gladhand::observe {

enum class Lane : std::uint8_t { client, gladhand, upstream, second_upstream };
inline constexpr std::size_t kLanes = 4;

struct Step {
  std::optional<Nanos> at;  // since the connection's `started`
  Lane from = Lane::gladhand;
  Lane to = Lane::gladhand;  // the same: a note
  std::string text;

  bool is_note() const { return from == to; }
};

struct Sequence {
  std::array<std::string, kLanes> lanes;  // what they are called; empty: does not take part
  std::vector<Step> steps;                // in order; those without an instant come first
  std::string ending;                     // how long it took in all, or that it is still open
};

Sequence sequence_of(const Story& story);

// "12.345 ms", rounded to the nearest microsecond.
std::string milliseconds(std::int64_t micros);

}  // namespace gladhand::observe
