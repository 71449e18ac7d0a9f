#include "tls/read_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace gladhand::tls {

std::expected<std::string, std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::unexpected("cannot read `" + path + "`: " + std::strerror(errno));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace gladhand::tls
