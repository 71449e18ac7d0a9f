// What a proxy does to a head between its two sides: the whole header policy (RFC 9110 section 7.6, RFC 7239).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "base/error.h"
#include "http/message.h"

namespace gladhand::http {

struct ForwardingRules {
  bool trusts_client = false;       // the client is a proxy whose word about its own clients is believed
  bool sends_x_forwarded = true;
  bool sends_forwarded = true;
  std::string_view client_address;  // without port; IPv6 without brackets
  std::string_view scheme;          // what the client used
  std::uint16_t redirect_port = 0;  // where clients are sent by https instead of being served; 0: they are served
  bool speaks_for_client = false;   // a forward proxy: what the client says of itself and others is for the target, as it is
};

// Drops hop-by-hop fields and those that Connection nominates, fields that claim an identity the client does not have, and
// names that differ from a known one only by underscores; adds Via and the forwarding fields. The new texts live in `arena`.
void forward_request(Head& head, const ForwardingRules& rules, Arena& arena);

// The request is sent on although it may be a replay (RFC 8470 section 5.1).
void say_early(Head& head);

void forward_response(Head& head);

// Drops from trailers whatever could change the meaning of the message: only fields without a rule of ours pass.
void forward_trailers(Headers& trailers);

// A request that no upstream should see: 417 for an Expect that is not 100-continue, 405 for TRACE.
Expected<void> check_request(const Head& head);

}  // namespace gladhand::http
