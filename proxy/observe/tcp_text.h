// What is told of a connection's TCP: one list, with one name for each fact, for the access log and the recent connections.
#pragma once

#include <array>
#include <span>

#include "timeline/records.h"

namespace gladhand::observe {

// `to` has text(name, value), time(name, nanoseconds), number(name, n), flag(name, value), open(name) for an object that is a
// member, close() for its end, and numbers(name, span). What is unknown or of no interest is left out.
template <class Writer>
void tell_syn(const timeline::SynFacts& syn, Writer& to) {
  to.open("syn");
  to.number("ttl", syn.ttl);
  to.number("window", syn.window);
  to.number("data_bytes", syn.data_bytes);
  if (syn.mss) to.number("mss", *syn.mss);
  if (syn.window_scale) to.number("window_scale", *syn.window_scale);
  to.flag("sack", syn.sack);
  to.flag("timestamps", syn.timestamps);
  to.flag("ecn", syn.ecn);
  to.numbers("options", std::span(syn.options).first(syn.options_size));
  to.close();
}

template <class Writer>
void tell_tcp(const timeline::ConnectionRecord& record, Writer& to) {
  const timeline::TcpFacts& facts = record.tcp;
  if (facts.fast_open != timeline::FastOpen::unasked) to.text("fast_open", timeline::name(facts.fast_open));
  if (record.side == timeline::Side::upstream && facts.handshake_rtt) {
    to.time("tcp_rtt", *facts.handshake_rtt);
    if (facts.fast_open == timeline::FastOpen::accepted) to.time("fast_open_saved", *facts.handshake_rtt);
  }
  if (facts.doubt != timeline::RttDoubt::none) to.text("tcp_rtt_withheld", timeline::name(facts.doubt));
  if (facts.retransmits) to.number("syn_retransmits", facts.retransmits);
  if (facts.data_retransmits) to.number("data_retransmits", facts.data_retransmits);
  if (facts.is_known) {
    to.number("mss", facts.mss);
    to.number("path_mtu", facts.path_mtu);
    if (facts.window_scaling) {
      to.number("window_scale_sent", facts.window_scale_sent);
      to.number("window_scale_received", facts.window_scale_received);
    }
    to.flag("tcp_timestamps", facts.timestamps);
    to.flag("sack", facts.sack);
    to.flag("ecn", facts.ecn);
  }
  if (record.syn) tell_syn(*record.syn, to);
}

}  // namespace gladhand::observe
