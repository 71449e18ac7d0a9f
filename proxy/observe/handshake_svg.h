// A connection as a picture: its phases as bars over one axis of time, and below them its messages.
//
// One SVG of its own: nothing is loaded, nothing runs, and every text is escaped. It follows the reader's preference for
// light or dark.
#pragma once

#include "observe/waterfall.h"

namespace gladhand::observe {

std::string handshake_svg(const Story& story, std::string_view name);

}  // namespace gladhand::observe
