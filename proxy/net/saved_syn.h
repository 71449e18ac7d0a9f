// The SYN of an accepted connection, as the kernel kept it (TCP_SAVE_SYN, tcp(7)).
#pragma once

#include <optional>
#include <span>

#include "timeline/records.h"

namespace gladhand::net {

// Has the kernel keep the SYNs of the connections that this socket accepts, or not any more. False: it cannot.
bool keep_syns(int listening_fd, bool keeps = true);
// The kernel gives it out once. Nothing: none was kept, as under SYN cookies.
std::optional<timeline::SynFacts> take_saved_syn(int fd);

// An IPv4 or IPv6 header and a TCP header with its options (RFC 791, RFC 8200, RFC 9293), as on the wire. They are the
// client's, and may say anything. IPv6 extension headers are not looked behind.
std::optional<timeline::SynFacts> parse_syn(std::span<const unsigned char> headers);

}  // namespace gladhand::net
