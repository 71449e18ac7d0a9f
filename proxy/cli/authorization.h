// What commands show the admin listener of a running proxy, where it wants a token for changes.
#pragma once

#include <string>

namespace gladhand::cli {

// A field of a request, with its line ending, that shows $GLADHAND_ADMIN_TOKEN; empty: that is not set, or is no token.
std::string authorization_field();

}  // namespace gladhand::cli
