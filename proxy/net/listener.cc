#include "net/listener.h"

#include "net/saved_syn.h"
#include "net/tcp_facts.h"

namespace gladhand::net {

using timeline::ConnectionMark;

Listener::Listener(io::Loop& loop, ListenerEvents& events, timeline::Recorder& recorder, std::uint16_t id, int fd, bool has_syns)
    : loop_(loop), events_(events), recorder_(recorder), id_(id), has_syns_(has_syns), acceptor_(loop, *this, fd) {}

void Listener::on_accepted(int fd, const io::Address& peer) {
  timeline::ConnectionRecord record;
  record.side = timeline::Side::client;
  record.owner = id_;
  const Nanos now = loop_.now();
  record.timeline.mark(ConnectionMark::started, now);
  record.timeline.mark(ConnectionMark::connected, now);
  record.tcp = facts_at_accept(fd);
  if (has_syns_) record.syn = take_saved_syn(fd);
  recorder_.connection_attempted(timeline::Side::client, id_);
  events_.on_client(fd, peer, record);
}

void Listener::on_exhausted() { recorder_.accept_paused(id_); }

}  // namespace gladhand::net
