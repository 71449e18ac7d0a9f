//   dialing ──on_ready──► open, with or without streams ──► closed
//      │ │                   ▲ │                              ▲ ▲
//      │ └─ SYN due ─► boarding └─ idle limit, FIN, stray byte ┘ │
//      └──── failed ────────┴──────────────────────────────────┘
#include "upstream/connection.h"

#include "net/plain.h"
#include "net/secure.h"

namespace gladhand::upstream {
namespace {

std::unique_ptr<net::Transport> make_transport(io::Loop& loop, link::Link& link, timeline::ConnectionRecord& record, tls::Remote* remote,
                                               const io::Address& address, io::Dial dial) {
  if (!remote) return std::make_unique<net::Plain>(loop, link, record, address, dial);
  return std::make_unique<net::Secure>(loop, link, record, loop.clock(), *remote, address, dial);
}

}  // namespace

using timeline::ConnectionMark;

// A head and a small body come in one read; of a large body as little as possible is copied before it takes the shortcut.
constexpr std::size_t kHeadRead = 24 * 1024;

Connection::Connection(io::Loop& loop, ConnectionEvents& events, timeline::Recorder& recorder, const ConnectionSettings& settings,
                       const io::Address& address, std::uint64_t id, bool has_rider)
    : events_(&events), recorder_(recorder), settings_(settings), loop_(loop), deadline_(loop.deadlines(), *this), address_(address), peer_(address.to_string()), link_(loop, *this, record_) {
  begin(id);
  record_.family = address.family() == AF_INET6 ? timeline::Family::ipv6 : timeline::Family::ipv4;
  record_.timeline.mark(ConnectionMark::started, loop.now());  // unless its SYN has to wait for what it takes along
  join(has_rider);
}

Connection::Connection(io::Loop& loop, ConnectionEvents& events, timeline::Recorder& recorder, const ConnectionSettings& settings, std::string peer,
                       std::uint64_t id, const MakeTransport& make)
    : events_(&events), recorder_(recorder), settings_(settings), loop_(loop), deadline_(loop.deadlines(), *this), peer_(std::move(peer)), link_(loop, *this, record_) {
  begin(id);
  record_.timeline.mark(ConnectionMark::connected, loop.now());  // and started before anybody looked
  link_.join(make(link_, record_));
}

void Connection::begin(std::uint64_t id) {
  record_.id = id;
  record_.side = timeline::Side::upstream;
  record_.owner = settings_.upstream;
  record_.is_tls = settings_.tls != nullptr;
  record_.peer = peer_;
  recorder_.connection_attempted(timeline::Side::upstream, record_.owner);
  deadline_.arm(settings_.connect_timeout);
}

void Connection::join(bool has_rider) {
  const bool has_passenger = settings_.fast_open && (settings_.tls || (has_rider && settings_.protocol == codec::Protocol::sequential));
  is_backed_off_ = has_passenger && !settings_.fast_open->may_try(address_, loop_.now());
  const io::Dial dial = has_passenger && !is_backed_off_ ? io::Dial::fast : io::Dial::ordinary;
  link_.join(make_transport(loop_, link_, record_, settings_.tls, address_, dial));
}

// The handshake has ended: what is to be learned of Fast Open is known.
void Connection::settle_fast_open(Code result) {
  if (!settings_.fast_open) return;
  timeline::FastOpen& outcome = record_.tcp.fast_open;
  if (is_backed_off_) outcome = timeline::FastOpen::backed_off;
  if (outcome == timeline::FastOpen::unanswered) {
    if (result == Code::refused) outcome = timeline::FastOpen::refused;
    // A dial that we gave up ourselves might have had its answer.
    else if (result != Code::connect_timeout && result != Code::unreachable) return;
  }
  settings_.fast_open->learn(address_, outcome, loop_.now());
}

void Connection::on_connected() {
  record_.dial = timeline::Dial::won;
  events_->on_connected(*this);
}

void Connection::on_ready() {
  if (link_.is_closing()) return;  // it has run out of time in this very turn
  const std::string_view agreed = link_.transport().alpn();
  if (state_ == State::dialing) link_.speak(codec::make(agreed.empty() ? settings_.protocol : codec::protocol_of(agreed), http::Role::client, link_, settings_.codec));
  if (!record_.timeline.has(ConnectionMark::connected)) {
    state_ = State::boarding;
    return events_->on_boarding(*this);
  }
  record_.timeline.mark(ConnectionMark::ready, loop_.now());
  record_.stage = ConnectionMark::ready;
  settle_fast_open(Code::ok);
  recorder_.handshake_ended(record_);
  state_ = State::open;
  is_used() ? deadline_.disarm() : deadline_.arm(settings_.idle_timeout);
  events_->on_opened(*this);
}

std::size_t Connection::can_open() const {
  if ((state_ != State::open && state_ != State::boarding) || link_.is_closing()) return 0;
  const http::Codec& codec = *link_.codec();
  // A request that is still on its way blocks whatever comes behind it, and may yet fail.
  if (!codec.is_multiplexed() && link_.backlog() > 0) return 0;
  return codec.can_open();
}

http::Stream* Connection::open() {
  if (can_open() == 0) return nullptr;
  http::Codec& codec = *link_.codec();
  http::Stream* stream = codec.open();
  if (!stream) return nullptr;
  io::Tcp* socket = link_.transport().bare_socket();
  if (socket && !codec.is_multiplexed()) socket->limit_next_read(kHeadRead);
  if (state_ == State::open) deadline_.disarm();
  ++record_.exchanges;
  return stream;
}

void Connection::on_settings(http::SettingsStep step) {
  const Nanos now = loop_.now();
  switch (step) {
    case http::SettingsStep::sent: return record_.timeline.mark(ConnectionMark::settings_sent, now);
    case http::SettingsStep::received:
      record_.timeline.mark(ConnectionMark::settings_received, now);
      return recorder_.settings_exchanged(record_);
    case http::SettingsStep::acknowledged: return record_.timeline.mark(ConnectionMark::settings_acknowledged, now);
  }
}

void Connection::on_drain(http::DrainStep step) {
  record_.timeline.mark(step == http::DrainStep::begun ? ConnectionMark::drain_begun : ConnectionMark::drained, loop_.now());
}

void Connection::on_closing() { record_.timeline.mark(ConnectionMark::closing, loop_.now()); }

void Connection::on_progress() {
  if (state_ != State::open || link_.is_closing()) return;
  if (link_.codec()->is_idle() && !deadline_.is_armed()) deadline_.arm(settings_.idle_timeout);
  if (can_open() > 0) events_->on_available(*this);
}

void Connection::yield() {
  link_.transport().abort();
  record_.dial = timeline::Dial::lost;
  emit({Code::lost_race});
}

void Connection::close() { link_.fail({Code::upstream_idle}); }

void Connection::on_deadline(io::Deadline&) {
  link_.fail({state_ == State::open ? Code::upstream_idle : Code::connect_timeout});
}

// Its pool is going: nobody is told, but the record is still owed, and a goodbye to a peer that nothing is awaited from
// (RFC 9113 section 6.8).
Connection::~Connection() {
  if (state_ == State::closed) return;
  if (state_ == State::open && !link_.is_closing() && link_.codec()->is_idle()) link_.fail({Code::draining});
  emit({Code::draining});
}

void Connection::on_closed(Error error) {
  deadline_.disarm();
  emit(error);
  events_->on_closed(*this, error, record_.timeline.has(ConnectionMark::ready));
}

void Connection::emit(Error error) {
  link_.transport().take_last_facts();
  if (!record_.timeline.has(ConnectionMark::ready)) {
    settle_fast_open(error.code);
    record_.result = error.code == Code::connect_timeout ? Code::timeout : error.code == Code::ok ? Code::client_closed : error.code;
    record_.stage = record_.timeline.last();
    // Who gave it up before it was known, or had to leave, has no result of it to tell.
    const bool was_given_up = error.code == Code::draining || error.code == Code::ok;
    if (record_.dial == timeline::Dial::undecided && !was_given_up) record_.dial = timeline::Dial::failed;
    recorder_.handshake_ended(record_);
  }
  state_ = State::closed;
  record_.ended_by = error.code;
  record_.timeline.mark(ConnectionMark::closed, loop_.now());
  recorder_.connection_ended(record_);
}

}  // namespace gladhand::upstream
