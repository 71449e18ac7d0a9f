// Base64 (RFC 4648 section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gladhand::tls {

// The bytes that `text` stands for, if it is exactly what an encoder makes of them: padded, nothing outside the alphabet,
// no bits left over. Nothing otherwise: a text that passes has one reading.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace gladhand::tls
