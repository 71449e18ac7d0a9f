// The settings and the error codes as a page of Markdown.
#pragma once

#include <string>

namespace gladhand::config {

std::string reference();

}  // namespace gladhand::config
