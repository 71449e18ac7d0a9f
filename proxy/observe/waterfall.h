// The phases of a connection and of its exchanges as bars, in the order of timeline/phases.h.
#pragma once

#include "observe/awaited.h"
#include "observe/sequence.h"

namespace gladhand::observe {

struct Bar {
  std::string label;  // "client tls"; of the latest exchange's upstream "upstream tcp (latest)"
  std::string_view help;
  Awaited awaited;
  std::optional<Nanos> from;  // since the connection's `started`; unset: how long is known, but not when
  Nanos took{};
};

std::vector<Bar> bars_of(const Story& story);

}  // namespace gladhand::observe
