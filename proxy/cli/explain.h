// `gladhand config explain URL`: what would become of a request, and why.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "config/read.h"
#include "server/server.h"

namespace gladhand::cli {

// Which listener takes the request, which routes pass it on and why, which upstream answers it, and what it may take. The
// error says what is wrong with the URL.
std::expected<std::string, std::string> explain(const config::Result& read, std::string_view url);

server::Exit run_explain(const std::string& config_path, const std::string& url);

}  // namespace gladhand::cli
