// JA4, the fingerprint of a TLS client: what its ClientHello offers, in three short pieces, "t13d1516h2_8daaf6152771_…".
//
// Follows the published description of JA4 for TLS over TCP. It tells programs from each other, not people; whoever wants
// to pass for another program can. GREASE (RFC 8701) is left out everywhere.
#pragma once

#include <optional>
#include <string_view>

#include "timeline/records.h"

namespace gladhand::tls {

// `message` is a whole ClientHello, its four bytes of type and length included. Nothing: it is none, or malformed.
std::optional<timeline::Ja4> ja4(std::string_view message);

}  // namespace gladhand::tls
