// The query of a target: "a=1&b=%3A8443".
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gladhand::server {

// Names and values in their order, without percent-encoding, "+" read as a blank (as forms write it). A name without "=" has
// the empty value. The error is the piece whose percent-encoding is broken.
using Query = std::vector<std::pair<std::string, std::string>>;
std::expected<Query, std::string> parse_query(std::string_view target);

}  // namespace gladhand::server
