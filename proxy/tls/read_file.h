// The whole of a file, or why not: text for a person.
#pragma once

#include <expected>
#include <string>

namespace gladhand::tls {

std::expected<std::string, std::string> read_file(const std::string& path);

}  // namespace gladhand::tls
