// What the kernel can tell of a TCP handshake, and when it cannot.
//
// Source: TCP_INFO (linux/tcp.h), tcp(7). Each figure is read at the one moment at which it means what its name says.
#pragma once

#include "timeline/records.h"

namespace gladhand::net {

// To be called right after accept(). The round trip is withheld, and the facts marked as degraded, where the kernel's
// figure is no measurement: a Fast Open child has none yet, a retransmitted SYN-ACK makes it ambiguous, SYN cookies leave
// nothing to measure from, and where no bare ACK came, it contains what the client waited.
timeline::TcpFacts facts_at_accept(int fd);
// To be called right after the connection was established: how often the SYN had to be sent again, and
// where it had not, how long its answer took.
timeline::TcpFacts facts_at_connect(int fd);

}  // namespace gladhand::net
