// Certificate chains and keys as PEM text: read from files, checked, or made.
//
// The text is what travels between threads: each worker parses it into objects of its own OpenSSL library context.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "tls/staple.h"

namespace gladhand::tls {

struct CertificatePair {
  std::string chain_pem;  // leaf first
  std::string key_pem;
  std::optional<Staple> staple = {};  // of a server's

  bool operator==(const CertificatePair&) const = default;
};

// What was wrong with which of the two files: text for a person.
struct CertificateProblem {
  bool is_key = false;
  std::string message;
};

// Reads and checks: both parse, the key belongs to the leaf, and the leaf is within its validity period.
std::expected<CertificatePair, CertificateProblem> load_certificate(const std::string& chain_path, const std::string& key_path);

// Until when the leaf of a chain that load_certificate() has checked is valid, in seconds since 1970.
std::int64_t not_after(const std::string& chain_pem);

// Why a client that trusts what this system trusts would not trust a chain, leaf first, in the library's words; nothing: it would.
// Of names it knows nothing.
std::optional<std::string> doubt_of_system(const std::string& chain_pem);

// What was wrong with a file of authorities: text for a person.
struct AuthoritiesProblem {
  bool is_unreadable = false;  // the file, that is; false: what it holds
  std::string message;
};

// Reads and checks: at least one certificate, and nothing that looks like one and is none.
std::expected<std::string, AuthoritiesProblem> load_authorities(const std::string& path);

// An ECDSA P-256 certificate authority, good for `days`.
CertificatePair make_authority(const std::string& common_name, int days);
// A leaf for `names` (host names and addresses), signed by `authority`, which is not part of the chain.
CertificatePair make_leaf(const CertificatePair& authority, const std::vector<std::string>& names, int days);
// Signed by itself.
CertificatePair make_self_signed(const std::vector<std::string>& names, int days);

}  // namespace gladhand::tls
