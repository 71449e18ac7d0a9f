#include "cli/paint.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace gladhand::cli {

bool is_coloured(std::FILE* to) {
  const char* refused = std::getenv("NO_COLOR");
  return isatty(fileno(to)) == 1 && (!refused || !*refused);
}

std::string paint(std::string text, Colour colour, bool is_coloured) {
  if (!is_coloured || colour == Colour::none || text.empty()) return text;
  return fmt::format("\x1b[{}m{}\x1b[0m", static_cast<int>(colour), text);
}

}  // namespace gladhand::cli
