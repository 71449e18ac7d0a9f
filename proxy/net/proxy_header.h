// The PROXY protocol, versions 1 and 2: what a load balancer says in front of a connection of who its client is.
//
// Follows HAProxy's proxy-protocol.txt. A byte machine without I/O: bytes in, until the header is complete; those behind it
// are left alone, for they belong to TLS or HTTP. Addresses are taken from TCP over IPv4 and IPv6. Whatever names no such
// client is valid all the same, and skipped: UNKNOWN, LOCAL, UNSPEC, UDP and UNIX sockets.
#pragma once

#include <optional>
#include <string>

#include "base/buffer.h"
#include "base/error.h"
#include "io/address.h"

namespace gladhand::net {

// What an accepted connection begins with, before TLS and HTTP.
enum class Preface : bool { none, proxy_header };

struct ProxyHeader {
  std::optional<io::Address> client;  // unset: TCP's own peer is the client
};

class ProxyHeaderReader {
 public:
  static constexpr std::size_t kMostLineBytes = 107;  // of a header of version 1, CRLF included
  static constexpr std::size_t kMostTlvBytes = 4096;  // of a header of version 2, behind its addresses

  // Takes from the front of `bytes` what belongs to the header; nothing comes of it as long as more is needed. Errors, which
  // are final: missing_proxy_header where something else came, bad_proxy_header.
  Expected<std::optional<ProxyHeader>> take(Slice& bytes);
  // Some of it has come.
  bool has_begun() const { return !held_.empty(); }

 private:
  Expected<std::optional<ProxyHeader>> advance();
  Expected<std::optional<ProxyHeader>> advance_line();
  Expected<std::optional<ProxyHeader>> advance_block();

  static constexpr std::size_t kFixedBytes = 16;  // of version 2; the length of the rest is in them

  std::string held_;
  std::size_t wanted_ = kFixedBytes;  // no more is held: what comes behind may not be ours
};

}  // namespace gladhand::net
