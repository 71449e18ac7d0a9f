// One request and its response, from the client's stream to an upstream's and back: the one path through the proxy.
//
// It routes, asks for an upstream stream, forwards heads, bodies and trailers in both directions as fast as the slower side
// takes them, retries what may be retried, answers itself what cannot be forwarded, and writes one record. It never knows
// which version of HTTP either side speaks.
#pragma once

#include "base/arena.h"
#include "exchange/field_log.h"
#include "exchange/filtering.h"
#include "exchange/gate.h"
#include "exchange/pushes.h"
#include "exchange/retry.h"
#include "exchange/router.h"
#include "filter/plugins.h"
#include "http/forwarding.h"
#include "http/stream.h"
#include "io/deadline.h"
#include "timeline/recorder.h"
#include "tls/onlooker.h"
#include "upstream/cluster.h"

namespace gladhand::exchange {

class Exchange;

class ExchangeHost {
 public:
  virtual ~ExchangeHost() = default;
  // Over, its record written. To be destroyed or begun anew, but not before the end of the turn.
  virtual void on_exchange_finished(Exchange& exchange) = 0;
  // The client should ask on another connection, which proves to be of that authority (RFC 9110 section 7.4).
  virtual bool is_misdirected(std::string_view authority) const = 0;
  // The client's handshake is not over: what has come may be a replay (RFC 8470). Exchange::on_client_ready() follows.
  virtual bool is_early() const = 0;
};

// What all exchanges of a worker work with that come by one listener of one configuration.
struct Services {
  io::Loop& loop;
  timeline::Recorder& recorder;
  const Router& router;
  const std::vector<config::Route>& routes;
  const std::vector<std::uint16_t>& route_ids;  // of each
  const std::vector<std::shared_ptr<upstream::Cluster>>& clusters;  // of each upstream
  const filter::Plugins& plugins;
  Asides& asides;
  std::uint16_t listener = 0;        // its id
  std::uint16_t listener_index = 0;  // in the configuration
  Gate* gate = nullptr;              // null: a reverse proxy
  const LoggedNames* logged = nullptr;  // header fields for the access log; null: none
};

class Store;

class Exchange final : public ListNode<Exchange>, private upstream::StreamWaiter, private io::DeadlineEvents {
 public:
  // `home` is where it belongs when it is over.
  Exchange(const Services& services, Store& home);
  ~Exchange() override;

  // Takes the client's stream and listens to it. `rules` and `client` live as long as the exchange; may be called again
  // once it has finished.
  void begin(http::Stream& stream, ExchangeHost& host, const http::ForwardingRules& rules, const timeline::ConnectionRecord& client);

  Store& home() { return home_; }
  // Once it has finished and nobody reads them any more: their memory is warm for others now, and cold when it begins again.
  void forget_texts() { arena_.clear(); }

  // The client's handshake, in which the exchange had begun, is over.
  void on_client_ready();

  using ListNode<Exchange>::unlink;  // from its host's list; as a StreamWaiter it sits in another

 private:
  // One direction of the exchange.
  enum class Half : std::uint8_t {
    idle,   // its head has not come
    open,   // the head is through, more follows
    ended,  // complete
  };

  struct FromClient final : http::StreamEvents {
    explicit FromClient(Exchange& exchange) : x(exchange) {}
    void on_head(http::Head& head) override { x.on_request(head); }
    void on_early_bytes() override { x.note_early_bytes(); }
    void on_body(Buffer&& body) override { x.on_request_body(std::move(body)); }
    void on_trailers(const http::Headers& trailers) override { x.keep_trailers(trailers, x.request_trailers_); }
    void on_end() override { x.on_request_end(); }
    void on_writable() override { x.pay_upstream(); }
    void on_aborted(Error error) override { x.on_request_aborted(error); }
    void on_reset(Error error) override { x.on_client_lost(error); }
    Exchange& x;
  };
  struct FromUpstream final : http::StreamEvents {
    explicit FromUpstream(Exchange& exchange) : x(exchange) {}
    void on_head(http::Head& head) override { x.on_response(head); }
    void on_body(Buffer&& body) override { x.on_response_body(std::move(body)); }
    void on_trailers(const http::Headers& trailers) override { x.keep_trailers(trailers, x.response_trailers_); }
    void on_end() override { x.on_response_end(); }
    void on_writable() override { x.pay_client(); }
    void on_aborted(Error error) override { x.on_upstream_lost(error); }
    void on_reset(Error error) override { x.on_upstream_lost(error); }
    Exchange& x;
  };

  struct FromClientWire final : http::WireEvents {
    explicit FromClientWire(Exchange& exchange) : x(exchange) {}
    void on_moved(std::uint64_t bytes) override { x.on_request_moved(bytes); }
    Exchange& x;
  };
  struct FromUpstreamWire final : http::WireEvents {
    explicit FromUpstreamWire(Exchange& exchange) : x(exchange) {}
    void on_moved(std::uint64_t bytes) override { x.on_response_moved(bytes); }
    Exchange& x;
  };

  // A response body of which so much is still to come takes the shortcut past the codecs.
  static constexpr std::uint64_t kShortcutBytes = 64 * 1024;

  void on_request(http::Head& head);
  bool may_go_early() const;
  void go_on();
  void redirect(std::uint16_t port);
  void route();
  void pass(Gate& gate);
  void on_client_known(bool is_known);
  void admit();
  void on_filtered(filter::Verdict verdict);
  void answer();
  void go_to(upstream::Cluster& cluster);
  void note_early_bytes();
  void on_request_body(Buffer&& body);
  void on_request_end();
  void on_request_aborted(Error error);
  void on_client_lost(Error error);

  // `last`: an endpoint that should not be the next one; may be null.
  void ask(bool may_reuse, const upstream::Endpoint* last = nullptr);
  void on_resolved() override;
  void on_stream_ready(http::StreamGrip grip, const upstream::Connection& connection) override;
  void on_stream_failed(Error error) override;
  void send_request_body(Buffer&& body);
  void send_request_end();
  void send_what_waited();
  void drop_upgrade();
  void on_tunnel(http::Head& head);
  bool is_accepted(const http::Head& head) const;
  bool is_connect() const { return record_.purpose == timeline::Purpose::connect; }
  bool asks_for_tunnel() const { return record_.purpose != timeline::Purpose::any; }
  // Twice does no harm, and there is nothing behind it (RFC 7413 section 6.3.1).
  bool can_ride() const override { return !request_head_.has_body && !asks_for_tunnel() && http::is_idempotent(request_head_.method); }
  // Whether the upstream would take more of the request: where it asks for a tunnel, not before that is open.
  bool takes_body() const { return upstream_ && request_head_.has_body && (!asks_for_tunnel() || is_tunnel_); }

  void on_response(http::Head& head);
  void offer_pushes(const http::Head& head);
  void on_response_body(Buffer&& body);
  std::string_view sticky_id() const;
  void stick_client(http::Head& head);
  void tell_timing(http::Head& head);
  void note_tunnel();
  void try_shortcut();
  void shorten_tunnel();
  void on_request_moved(std::uint64_t bytes);
  void on_response_moved(std::uint64_t bytes);
  void on_response_end();
  void end_response();
  void send_response_body(Buffer&& body);
  bool filters_body() const { return filtering_ && filtering_->walk().takes_body(); }
  void on_upstream_lost(Error error);

  void on_deadline(io::Deadline& deadline) override;
  void await_upstream();
  void pay_client();
  void pay_upstream();
  void keep_trailers(const http::Headers& trailers, http::Headers& kept);
  Again judge_attempt(Code error, std::uint16_t status) const;
  void forget_attempt();
  void discard(const http::Head& head);
  void discard(Buffer&& body);
  void end_discarded();
  void fail(Error error);
  void finish();
  Nanos now() const { return services_.loop.now(); }

  const Services& services_;
  Store& home_;
  ExchangeHost* host_ = nullptr;
  const http::ForwardingRules* rules_ = nullptr;
  std::unique_ptr<Gate::Question> who_;  // until it is answered
  const config::Route* route_ = nullptr;  // null: it met none, or needs none
  std::unique_ptr<Filtering> filtering_;  // null: there are no plugins on its way
  upstream::Cluster* cluster_ = nullptr;
  upstream::Endpoint* endpoint_ = nullptr;
  upstream::Share share_;  // of the endpoint's work

  FromClient from_client_{*this};
  FromUpstream from_upstream_{*this};
  FromClientWire from_client_wire_{*this};
  FromUpstreamWire from_upstream_wire_{*this};
  // Of a side whose bytes take the shortcut: a response body, or either direction of a tunnel.
  http::Wire* client_wire_ = nullptr;
  http::Wire* upstream_wire_ = nullptr;
  http::StreamGrip client_;
  http::StreamGrip upstream_;
  Half request_ = Half::idle;
  Half response_ = Half::idle;
  bool is_running_ = false;
  bool was_reused_ = false;    // the current upstream stream's connection had carried others
  bool has_retried_ = false;   // on a fresh connection, after a reused one had died
  bool is_discarding_ = false;  // the answer is not the one that the client gets
  bool is_tunnel_ = false;     // both sides have changed to another protocol
  bool sent_body_ = false;     // some of the request's body left: it cannot be sent again
  // What every response asks about stands here, together.
  std::size_t owed_client_ = 0;      // bytes taken from the client's stream and not yet paid with consumed()
  std::size_t owed_upstream_ = 0;    // the same of the upstream's
  tls::Onlooker onlooker_;           // of a CONNECT tunnel
  http::Headers response_trailers_;

  Arena arena_;
  Pushes pushes_;
  http::Head request_head_;
  http::Headers request_trailers_;
  Buffer waiting_body_;              // came before the upstream would take it; bounded by the client's credit
  std::optional<Nanos> early_since_; // when the first byte of what waits came
  std::uint64_t discarded_bytes_ = 0;
  timeline::ExchangeRecord record_;
  FieldLog field_log_{services_.logged, arena_, record_};
  io::Deadline deadline_;
};

}  // namespace gladhand::exchange
