#include "http/date.h"

#include <ctime>

namespace gladhand::http {

std::string_view date_now(Arena& arena) {
  char text[32];
  const std::time_t now = std::time(nullptr);
  std::tm utc;
  gmtime_r(&now, &utc);
  return arena.copy({text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)});
}

}  // namespace gladhand::http
