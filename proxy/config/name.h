// What things may be called: a certificate, an upstream, a listener, a cookie.
#pragma once

#include <string>
#include <string_view>

#include "config/diagnostic.h"

namespace gladhand::config {

// Names become metric labels and parts of paths in the admin API. A colon is not among their characters, so a name
// never looks like a URL, nor like the address that a nameless listener is named after.
bool is_name(std::string_view text);
Fault bad_name(std::string_view name);

// An RFC 9110 token, as RFC 6265 section 4.1.1 asks of it.
bool is_cookie_name(std::string_view text);
Fault bad_cookie_name(std::string_view name);

// The name of a header field: an RFC 9110 token.
bool is_field_name(std::string_view text);
Fault bad_field_name(std::string_view name);

// Of ASCII letters only.
std::string lower_case(std::string_view text);

}  // namespace gladhand::config
