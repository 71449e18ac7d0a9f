// The files of live_page/, which the build puts into the program (live_page/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace gladhand::server {

struct LiveFile {
  std::string_view name;  // "page.html"
  std::string_view bytes;
};

// By name.
std::span<const LiveFile> live_files();

}  // namespace gladhand::server
