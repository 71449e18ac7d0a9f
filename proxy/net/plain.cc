#include "net/plain.h"

#include "net/tcp_facts.h"

namespace gladhand::net {

using timeline::ConnectionMark;

Plain::Plain(io::Loop& loop, TransportEvents& events, timeline::ConnectionRecord& record, int fd)
    : loop_(loop), events_(events), record_(record), is_ready_(true), tcp_(loop, *this, fd) {}

Plain::Plain(io::Loop& loop, TransportEvents& events, timeline::ConnectionRecord& record, const io::Address& address, io::Dial dial)
    : loop_(loop), events_(events), record_(record), is_ready_(false), tcp_(loop, *this, address, dial) {
  record_.tcp.fast_open = fast_open_at_dial(tcp_.opening());
}

void Plain::on_syn_due() {
  is_ready_ = true;
  events_.on_ready();
}

void Plain::on_connected() {
  record_.timeline.mark(ConnectionMark::connected, loop_.now());
  record_.tcp = facts_at_connect(tcp_.fd(), tcp_.opening());
  is_ready_ = true;
  events_.on_ready();
}

void Plain::take_last_facts() { add_facts_at_close(tcp_.fd(), record_.tcp); }

void Plain::on_read(Slice bytes) {
  if (!record_.timeline.has(ConnectionMark::first_byte)) record_.timeline.mark(ConnectionMark::first_byte, loop_.now());
  events_.on_bytes(std::move(bytes));
}

}  // namespace gladhand::net
