// The live page: what a browser shows of this process.
//
//   GET /               the page; its scripts ask the API and follow the events. Without scripts it shows tables, as of now
//   GET /assets/NAME    style sheets and scripts of live_page/, and colours.css, made of observe/awaited.h
//
// Nothing is loaded from elsewhere, and the browser is told to see to it (Content Security Policy level 3).
#pragma once

#include "server/overview.h"
#include "server/service.h"

namespace gladhand::server {

class LivePage {
 public:
  static constexpr std::size_t kListed = 50;  // connections, in the table

  explicit LivePage(const Overview& overview) : overview_(overview) {}

  // Whether the path is one of the above.
  static bool owns(std::string_view path) { return path == "/" || path.starts_with(kAssets); }
  Answer answer(std::string_view path) const;

 private:
  static constexpr std::string_view kAssets = "/assets/";

  std::string tables() const;

  const Overview& overview_;
};

}  // namespace gladhand::server
