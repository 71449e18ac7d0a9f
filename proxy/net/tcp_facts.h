// What the kernel can tell of a TCP connection, and when it cannot.
//
// Source: TCP_INFO (linux/tcp.h), tcp(7). Each figure is read at the one moment at which it means what its name says.
#pragma once

#include "io/opening.h"
#include "timeline/records.h"

struct tcp_info;

namespace gladhand::net {

// To be called right after accept(). The round trip is withheld, and the facts say why, where the kernel's figure is no
// measurement: a Fast Open child has none yet, a retransmitted SYN-ACK makes it ambiguous, SYN cookies leave nothing to measure
// from, and where no bare ACK came, it contains what the client waited.
timeline::TcpFacts facts_at_accept(int fd);
// To be called right after the connection was established.
timeline::TcpFacts facts_at_connect(int fd, io::Opening opening);
// To be called before the socket is closed: what was sent again since, or, of a dial that failed, how often its SYN was.
void add_facts_at_close(int fd, timeline::TcpFacts& facts);

// What is known of Fast Open when the dial begins; the rest is known when it ends.
timeline::FastOpen fast_open_at_dial(io::Opening opening);

// The same from the kernel's answer.
timeline::TcpFacts facts_at_accept(const tcp_info& info);
timeline::TcpFacts facts_at_connect(const tcp_info& info, io::Opening opening);

// Of one listening socket.
timeline::AcceptQueue accept_queue(int listening_fd);

}  // namespace gladhand::net
