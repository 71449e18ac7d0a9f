// The plugins that are shipped with the program: parts of it that come through the same interface as those from outside.
#pragma once

#include <span>

#include "filter/library.h"

namespace gladhand::filter {

// In alphabetical order.
std::span<const gladhand_plugin* const> shipped_plugins();

}  // namespace gladhand::filter
