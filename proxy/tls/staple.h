// What an OCSP responder says of a certificate (RFC 6960), to be sent along with it (RFC 6066 section 8): clients need not
// ask the responder themselves, which costs them a round trip and tells the responder whom they visit.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace gladhand::tls {

struct Staple {
  std::string der;
  std::int64_t good_until = 0;  // nextUpdate, in seconds since 1970; from then on it is not sent

  bool operator==(const Staple&) const = default;
};

// What was wrong with the file, and what to do: text for a person.
struct StapleProblem {
  bool is_unreadable = false;  // the file, that is; false: what it holds
  std::string message;
  std::string cure;
};

// Reads and checks: a responder's answer, about the leaf of `chain_pem`, that says good, and says until when, which is not
// over. Where the chain holds the leaf's issuer, it or whom it appointed must have signed; else that is for clients to see.
std::expected<Staple, StapleProblem> load_staple(const std::string& path, const std::string& chain_pem);

}  // namespace gladhand::tls
