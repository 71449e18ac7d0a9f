// Answers of the admin listener in fewer bytes (RFC 1952), for whoever asks for that.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gladhand::server {

// Whether an Accept-Encoding field (RFC 9110 section 12.5.3) takes gzip.
bool takes_gzip(std::string_view accept_encoding);

// Quickly rather than tightly. Nothing: there is no memory for it.
std::optional<std::string> gzipped(std::string_view bytes);

}  // namespace gladhand::server
