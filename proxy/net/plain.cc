#include "net/plain.h"

#include "net/tcp_facts.h"

namespace gladhand::net {

using timeline::ConnectionMark;

Plain::Plain(io::Loop& loop, TransportEvents& events, timeline::ConnectionRecord& record, int fd, Preface preface)
    : loop_(loop),
      events_(events),
      record_(record),
      header_(preface == Preface::proxy_header ? std::make_unique<ProxyHeaderReader>() : nullptr),
      is_ready_(!header_),
      tcp_(loop, *this, fd) {}

Plain::Plain(io::Loop& loop, TransportEvents& events, timeline::ConnectionRecord& record, const io::Address& address, io::Dial dial)
    : loop_(loop), events_(events), record_(record), is_ready_(false), tcp_(loop, *this, address, dial) {
  record_.tcp.fast_open = fast_open_at_dial(tcp_.opening());
}

void Plain::on_syn_due() {
  record_.timeline.forget(ConnectionMark::started);
  record_.timeline.mark(ConnectionMark::started, loop_.now());
  is_ready_ = true;
  events_.on_ready();
}

void Plain::on_connected() {
  record_.timeline.mark(ConnectionMark::connected, loop_.now());
  record_.tcp = facts_at_connect(tcp_.fd(), tcp_.opening());
  is_ready_ = true;
  events_.on_connected();
  events_.on_ready();
}

void Plain::take_last_facts() { add_facts_at_close(tcp_.fd(), record_.tcp); }

// True: it is complete, and there is something behind it.
bool Plain::pass_header(Slice& bytes) {
  const auto header = header_->take(bytes);
  if (!header) fail(header.error());
  if (!header || !*header) return false;
  header_.reset();
  events_.on_proxy_header(**header);
  is_ready_ = true;
  events_.on_ready();
  return bytes.size() > 0;
}

void Plain::fail(Error error) {
  has_failed_ = true;
  events_.on_failed(error);
}

void Plain::on_end() {
  if (has_failed_) return;
  if (header_) return fail({header_->has_begun() ? Code::client_eof_in_handshake : Code::client_eof_before_hello});
  events_.on_end();
}

void Plain::on_read(Slice bytes) {
  if (has_failed_ || (header_ && !pass_header(bytes))) return;
  if (!std::exchange(has_read_, true)) record_.timeline.mark(ConnectionMark::first_byte, loop_.now());
  events_.on_bytes(std::move(bytes));
}

}  // namespace gladhand::net
