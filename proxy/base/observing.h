// Whether this build measures anything. False only in the build that `tests/bench/run observation` compares with, to tell
// what measuring costs: it has no kernel facts, no TLS messages, no records, and a clock that goes in steps of milliseconds.
#pragma once

namespace gladhand {

#ifdef GLADHAND_UNOBSERVED
inline constexpr bool kIsObserving = false;
#else
inline constexpr bool kIsObserving = true;
#endif

}  // namespace gladhand
