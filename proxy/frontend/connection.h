// One client's connection: a link, its record, and the exchanges of its requests.
//
// Mirrors upstream/connection.h. It reports its handshake and its end once each, and knows which deadline counts: for the
// handshake, for a head, between the pieces of a body, between requests, and for a client that does not read.
#pragma once

#include <memory>
#include <vector>

#include "base/list.h"
#include "base/pooled.h"
#include "codec/make.h"
#include "config/config.h"
#include "exchange/store.h"
#include "filter/chain.h"
#include "io/address.h"
#include "link/link.h"
#include "timeline/recorder.h"
#include "tls/context.h"

namespace gladhand::frontend {

class Connection;

class ConnectionEvents {
 public:
  virtual ~ConnectionEvents() = default;
  virtual void on_closed(Connection& connection) = 0;
};

// What all connections of one listener share, of one configuration.
struct ListenerServices {
  io::Loop& loop;
  const Clock& clock;
  timeline::Recorder& recorder;
  exchange::Store& exchanges;
  const config::Listener& listener;
  std::uint16_t id;  // stands for it in records
  std::shared_ptr<const tls::ServerContext> tls;  // null: plain. Its sessions may outlive the configuration
  std::vector<io::Network> trusted_proxies;
  std::vector<io::Network> proxy_protocol;  // whose connections begin with a PROXY header
  const filter::Chain& plugins;             // of the listener
};

class Connection final : public ListNode<Connection>, public Pooled<Connection>, private link::LinkEvents, private exchange::ExchangeHost, private io::DeadlineEvents {
 public:
  Connection(const ListenerServices& services, ConnectionEvents& events, int fd, const io::Address& peer, const timeline::ConnectionRecord& begun);
  ~Connection() override;

  // Another configuration of the listener, which is TLS or not as this one was: the next requests are served by it, those under
  // way by the one they began with. What was agreed on with the client, such as the limits of HTTP/2, stays.
  void adopt(const ListenerServices& services);
  // No request after the current one.
  void drain();
  // Now, whatever is on it.
  void cut() { link_.fail({Code::draining}); }

 private:
  void on_proxy_header(const net::ProxyHeader& header) override;
  void on_early() override { agree(); }
  void on_ready() override;
  bool on_first_bytes(const Buffer& bytes) override;
  void agree();
  void speak(codec::Protocol protocol);
  void on_stream(http::Stream& stream) override;
  void on_settings(http::SettingsStep step) override;
  void on_drain(http::DrainStep step) override;
  void on_closing() override;
  void on_progress() override;
  void on_closed(Error error) override;
  void on_exchange_finished(exchange::Exchange& exchange) override;
  bool is_misdirected(std::string_view authority) const override;
  bool is_early() const override { return !handshake_ended_; }
  void on_deadline(io::Deadline& deadline) override;

  bool is_admitted();
  void name_client(const io::Address& client);
  void learn_rules(const io::Address& client);
  void end_handshake(Code result);
  void give_back_finished();
  void emit(Error error);
  void arm_deadline();
  void watch_backlog();

  const ListenerServices* services_;
  const std::shared_ptr<const tls::ServerContext> tls_;  // that it shook hands with
  ConnectionEvents& events_;
  timeline::ConnectionRecord record_;
  std::string peer_;      // address and port
  std::string tcp_peer_;  // the same of who sent the PROXY header that names the other
  std::string tag_;       // what plugins think of the client
  http::ForwardingRules rules_;
  List<exchange::Exchange> running_;
  List<exchange::Exchange> finished_;  // until the turn's end: they may be in callbacks of their own
  bool awaits_header_;  // a PROXY header
  bool handshake_ended_ = false;
  bool is_closed_ = false;
  bool is_draining_ = false;
  http::Awaiting awaited_ = http::Awaiting::nothing;
  std::size_t watched_backlog_ = 0;
  io::Deadline deadline_;  // of what the client owes us
  io::Deadline send_;      // of a client that takes nothing
  link::Link link_;
};

}  // namespace gladhand::frontend
