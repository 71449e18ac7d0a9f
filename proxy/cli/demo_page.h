// The start page of the demo's origin: what there is to try.
#pragma once

#include <string>

namespace gladhand::cli {

// For a terminal.
std::string demo_text();
// For a browser: the same with links, an event stream that ticks and a WebSocket to talk to. Needs nothing from elsewhere.
std::string demo_html();

}  // namespace gladhand::cli
