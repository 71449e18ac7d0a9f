// What whoever asks the admin listener for a change must show (RFC 6750), where the configuration wants it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/diagnostic.h"
#include "config/source.h"

namespace gladhand::server {

// Empty: nothing need be shown. Nothing: there is one that cannot be used, which `problems` tells.
std::optional<std::string> read_admin_token(const config::Config& config, const config::Source& source, std::vector<config::Diagnostic>& problems);

// Whether the value of an Authorization field shows it. How long that takes tells nothing of the token but its length.
bool shows_token(std::string_view authorization, std::string_view token);

}  // namespace gladhand::server
