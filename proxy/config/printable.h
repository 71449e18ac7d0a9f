// Text from a file made fit to be shown.
//
// A configuration may hold any bytes, and its error messages end on terminals and in JSON: neither may receive escape
// sequences, text that runs backwards or broken UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace gladhand::config {

// The length in bytes of the code point at the front of `text`; 1 for a byte that begins none. 0 only for no text.
std::size_t code_point_bytes(std::string_view text);

// The length of the part before the first byte that belongs to no code point.
std::size_t valid_utf8_bytes(std::string_view text);

// How many code points; a byte that belongs to none counts as one.
std::size_t count_code_points(std::string_view text);

// The same number of code points, all of them printable or tabs: the others become U+FFFD. Behind the first `most`
// there is only an ellipsis.
std::string printable(std::string_view text, std::size_t most = std::string_view::npos);

// `text` in back quotes for a message, cut after 80 code points.
std::string back_quoted(std::string_view text);

}  // namespace gladhand::config
