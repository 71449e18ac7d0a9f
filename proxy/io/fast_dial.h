// Dialling by TCP Fast Open (RFC 7413), for which libuv has no function.
//
//   with a cookie:     deferred ──first bytes, in the SYN──► rising ──SYN-ACK──► established
//   without a cookie:  rising, its SYN asks for one ───────────────────┘
//
// The kernel calls a deferred socket writable and answers 0 to connect(), long before anybody has heard of it; libuv would
// take that for a connection. So the descriptor stays ours until the kernel's own state says that it is established.
#pragma once

#include <expected>

#include "io/address.h"

namespace gladhand::io {

struct FastDial {
  int fd = -1;               // non-blocking, with TCP_NODELAY
  bool is_deferred = false;  // no SYN has left: the first bytes that are written leave in it
};

// Errors: the errno of what could not be done. EOPNOTSUPP: net.ipv4.tcp_fastopen does not let clients.
std::expected<FastDial, int> begin_fast_dial(const Address& address);

// 0: established. EINPROGRESS: neither that nor failed. Else the errno of its failure.
int fast_dial_state(int fd);

}  // namespace gladhand::io
