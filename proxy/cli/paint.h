// Colour on a terminal.
#pragma once

#include <cstdio>
#include <string>

namespace gladhand::cli {

enum class Colour : int { none = 0, bold = 1, red = 31, green = 32, yellow = 33, blue = 34, magenta = 35, cyan = 36 };

// Whether `to` is a terminal whose user has not refused colour (NO_COLOR, of any value but the empty one).
bool is_coloured(std::FILE* to);

// `text` as it is where there is nothing to paint.
std::string paint(std::string text, Colour colour, bool is_coloured);

}  // namespace gladhand::cli
