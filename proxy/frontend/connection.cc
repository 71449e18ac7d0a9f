//   handshaking (with early data: open, too) ──on_ready──► open: idle ⇄ head ⇄ body ⇄ answering ──► closed
//        └──── failure, or the handshake's deadline ───────────────────┘
//
// To shake hands is to read a PROXY header, if one is awaited, and then what TLS wants. The states of `open` are the codec's
// (http::Awaiting); each has its deadline.
#include "frontend/connection.h"

#include <algorithm>

#include "http/syntax.h"
#include "net/plain.h"
#include "net/secure.h"

namespace gladhand::frontend {
namespace {

using timeline::ConnectionMark;

// What a stream's client must take of a response within timeouts.send, where windows let it choose: 240 bytes a second at
// the default of 30 s. Less is no reader, but somebody who wants us to hold the rest.
constexpr std::size_t kLeastSent = 7200;

std::unique_ptr<net::Transport> make_transport(const ListenerServices& services, link::Link& link, timeline::ConnectionRecord& record, int fd, net::Preface preface) {
  if (!services.tls) return std::make_unique<net::Plain>(services.loop, link, record, fd, preface);
  return std::make_unique<net::Secure>(services.loop, link, record, services.clock, *services.tls, fd, preface);
}

codec::Settings codec_settings(const config::Listener& listener, const Clock& clock) {
  codec::Settings settings;
  settings.head = {listener.limits.header_bytes, listener.limits.line_bytes, listener.limits.header_fields};
  settings.body_bytes = listener.limits.body_bytes;
  settings.most_messages = listener.limits.connection_requests;
  settings.scheme = listener.mode == config::Mode::forward ? "" : listener.has_tls ? "https" : "http";
  settings.streams = listener.limits.streams;
  settings.clock = &clock;
  return settings;
}

// The address alone, as Address::host() writes it.
std::string_view host_in(std::string_view peer) {
  const std::string_view host = peer.substr(0, peer.rfind(':'));
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

bool is_in(const std::vector<io::Network>& networks, const io::Address& address) {
  return std::ranges::any_of(networks, [&](const io::Network& network) { return network.contains(address); });
}

bool is_h2(config::Protocol protocol) { return protocol == config::Protocol::h2; }

}  // namespace

Connection::Connection(const ListenerServices& services, ConnectionEvents& events, int fd, const io::Address& peer,
                       const timeline::ConnectionRecord& begun)
    : services_(&services),
      tls_(services.tls),
      events_(events),
      record_(begun),
      awaits_header_(is_in(services.proxy_protocol, peer)),
      deadline_(services.loop.deadlines(), *this),
      send_(services.loop.deadlines(), *this),
      link_(services.loop, *this, record_) {
  record_.is_tls = services.tls != nullptr;
  name_client(peer);
  deadline_.arm(services.listener.timeouts.handshake);
  link_.join(make_transport(services, link_, record_, fd, awaits_header_ ? net::Preface::proxy_header : net::Preface::none));
}

Connection::~Connection() {
  if (!is_closed_) {
    // The worker is going: nobody is told, but the records are still owed.
    if (http::Codec* codec = link_.codec()) codec->fail({Code::draining});
    emit({Code::draining});
  }
  give_back_finished();
}

void Connection::name_client(const io::Address& client) {
  peer_ = client.to_string();
  record_.peer = peer_;
  rules_.client_address = host_in(peer_);
  learn_rules(client);
}

void Connection::learn_rules(const io::Address& client) {
  rules_.trusts_client = is_in(services_->trusted_proxies, client);
  rules_.scheme = record_.is_tls ? "https" : "http";
  rules_.redirect_port = services_->listener.redirect_port;
  rules_.speaks_for_client = services_->listener.mode == config::Mode::forward;
  const config::Forwarded forwarded = rules_.speaks_for_client ? config::Forwarded::none : services_->listener.forwarded;
  rules_.sends_x_forwarded = forwarded == config::Forwarded::x_forwarded || forwarded == config::Forwarded::both;
  rules_.sends_forwarded = forwarded == config::Forwarded::rfc7239 || forwarded == config::Forwarded::both;
}

void Connection::adopt(const ListenerServices& services) {
  services_ = &services;
  if (const auto client = io::Address::numeric(std::string(host_in(peer_)), 0)) learn_rules(*client);
}

void Connection::on_proxy_header(const net::ProxyHeader& header) {
  awaits_header_ = false;
  record_.timeline.mark(ConnectionMark::proxy_header, services_->loop.now());
  if (!header.client) return;
  tcp_peer_ = std::move(peer_);
  record_.tcp_peer = tcp_peer_;
  name_client(*header.client);
}

void Connection::speak(codec::Protocol protocol) {
  codec::Settings settings = codec_settings(services_->listener, services_->clock);
  if (is_draining_) settings.most_messages = 1;  // a client who was in the middle of a handshake has something to ask
  link_.speak(codec::make(protocol, http::Role::server, link_, settings));
}

void Connection::drain() {
  is_draining_ = true;
  if (http::Codec* codec = link_.codec()) return codec->drain();
  if (!record_.timeline.has(ConnectionMark::first_byte)) link_.fail({Code::draining});
}

// Without TLS nothing was agreed on: where both are served, the first bytes tell.
bool Connection::on_first_bytes(const Buffer& bytes) {
  const auto& served = services_->listener.protocols;
  const bool is_open = std::ranges::any_of(served, is_h2) && !std::ranges::all_of(served, is_h2);
  if (record_.is_tls || !is_open) return true;
  const auto protocol = codec::recognize(bytes);
  if (!protocol) return false;
  if (*protocol != codec::Protocol::sequential) speak(*protocol);
  return true;
}

void Connection::agree() {
  const bool is_agreed = record_.is_tls && !link_.transport().alpn().empty();
  const bool is_only_h2 = std::ranges::all_of(services_->listener.protocols, is_h2);
  speak(is_agreed ? codec::protocol_of(link_.transport().alpn()) : is_only_h2 ? codec::Protocol::multiplexed : codec::Protocol::sequential);
}

bool Connection::is_admitted() {
  if (services_->plugins.empty()) return true;
  const bool is_welcome = services_->plugins.admits(record_, tag_);
  record_.tag = tag_;
  return is_welcome;
}

void Connection::on_ready() {
  if (!is_admitted()) return link_.fail({Code::refused_by_plugin});
  if (!link_.codec()) agree();
  record_.timeline.mark(ConnectionMark::ready, services_->loop.now());
  end_handshake(Code::ok);
  if (record_.timeline.has(ConnectionMark::settings_acknowledged)) services_->recorder.settings_exchanged(record_);
  running_.for_each([](exchange::Exchange& exchange) { exchange.on_client_ready(); });
  arm_deadline();
}

void Connection::end_handshake(Code result) {
  handshake_ended_ = true;
  record_.result = result;
  record_.stage = record_.timeline.last();
  services_->recorder.handshake_ended(record_);
}

void Connection::on_stream(http::Stream& stream) {
  // Only the first request's head, and not in early data: that was there before the connection was ready.
  if (++record_.exchanges == 1 && handshake_ended_) record_.timeline.mark(ConnectionMark::first_head, services_->loop.now());
  exchange::Exchange& exchange = services_->exchanges.take();
  running_.push_back(exchange);
  exchange.begin(stream, *this, rules_, record_);
}

void Connection::on_settings(http::SettingsStep step) {
  const Nanos now = services_->loop.now();
  switch (step) {
    case http::SettingsStep::sent: return record_.timeline.mark(ConnectionMark::settings_sent, now);
    case http::SettingsStep::received:
      if (handshake_ended_) record_.timeline.mark(ConnectionMark::settings_received, now);
      return;
    case http::SettingsStep::acknowledged:
      record_.timeline.mark(ConnectionMark::settings_acknowledged, now);
      if (handshake_ended_) services_->recorder.settings_exchanged(record_);
      return;
  }
}

void Connection::on_drain(http::DrainStep step) {
  record_.timeline.mark(step == http::DrainStep::begun ? ConnectionMark::drain_begun : ConnectionMark::drained, services_->loop.now());
}

void Connection::on_closing() { record_.timeline.mark(ConnectionMark::closing, services_->loop.now()); }

void Connection::on_exchange_finished(exchange::Exchange& exchange) {
  exchange.unlink();
  finished_.push_back(exchange);
  link_.wake();
}

// A client that names nobody (HTTP/1.0) goes where it has come.
bool Connection::is_misdirected(std::string_view authority) const { return !authority.empty() && !link_.transport().is_for(http::host_of(authority)); }

void Connection::give_back_finished() {
  while (!finished_.empty()) exchange::Store::give_back(finished_.front());
}

void Connection::on_progress() {
  give_back_finished();
  if (link_.is_closing()) {
    deadline_.disarm();
    return;
  }
  if (!handshake_ended_) return;
  arm_deadline();
  watch_backlog();
}

void Connection::arm_deadline() {
  http::Awaiting awaiting = link_.codec()->awaiting();
  if (awaiting == http::Awaiting::message && link_.has_unread()) awaiting = http::Awaiting::head;
  const config::ListenerTimeouts& timeouts = services_->listener.timeouts;
  const bool has_changed = std::exchange(awaited_, awaiting) != awaiting;
  switch (awaiting) {
    case http::Awaiting::nothing:
    case http::Awaiting::tunnel: return deadline_.disarm();
    case http::Awaiting::body:
      // Something happened: the wait begins anew. Where streams share the connection, the codec knows to which of them.
      if (has_changed || !link_.codec()->is_multiplexed() || !deadline_.is_armed()) deadline_.arm(timeouts.body);
      return;
    case http::Awaiting::message:
      if (has_changed || !deadline_.is_armed()) deadline_.arm(is_draining_ ? timeouts.header : timeouts.keep_alive);
      return;
    case http::Awaiting::head:
      if (has_changed) deadline_.arm(timeouts.header);  // a total: dribbling bytes gain nothing
      return;
  }
}

void Connection::watch_backlog() {
  const std::size_t backlog = link_.transport().backlog() + link_.codec()->held_bytes();
  if (backlog == std::exchange(watched_backlog_, backlog) && backlog > 0) return;
  if (backlog > 0) {
    send_.arm(services_->listener.timeouts.send);
  } else {
    send_.disarm();
  }
}

void Connection::on_deadline(io::Deadline& deadline) {
  if (&deadline == &send_) {
    const std::size_t backlog = link_.transport().backlog() + link_.codec()->held_bytes();
    if (link_.transport().backlog() > 0 && backlog == watched_backlog_) return link_.fail({Code::send_timeout});
    link_.codec()->abort_stalled(kLeastSent, {Code::send_timeout});
    watched_backlog_ = 0;
    return watch_backlog();
  }
  if (!handshake_ended_) return link_.fail({awaits_header_ ? Code::proxy_header_timeout : Code::timeout});
  http::Codec& codec = *link_.codec();
  if (codec.awaiting() == http::Awaiting::message && link_.has_unread()) return link_.fail({Code::request_timeout});
  switch (codec.awaiting()) {
    case http::Awaiting::head:
    case http::Awaiting::body:
      // An upstream that takes nothing keeps us from reading: its own deadline is the one that counts.
      if (!codec.wants_input()) return arm_deadline();
      return codec.abort_input({Code::request_timeout});
    case http::Awaiting::message: return link_.fail({Code::client_idle});
    case http::Awaiting::nothing:
    case http::Awaiting::tunnel: return;
  }
}

void Connection::on_closed(Error error) {
  emit(error);
  deadline_.disarm();
  send_.disarm();
  events_.on_closed(*this);
}

void Connection::emit(Error error) {
  is_closed_ = true;
  link_.transport().take_last_facts();
  if (!handshake_ended_) end_handshake(error.code == Code::ok ? Code::draining : error.code);  // a drain ends it as if all were well
  record_.ended_by = error.code;
  record_.timeline.mark(ConnectionMark::closed, services_->loop.now());
  services_->recorder.connection_ended(record_);
}

}  // namespace gladhand::frontend
