// One connection to an endpoint of an upstream.
//
// Mirrors frontend/connection.h: a link, its record, and the deadlines of its states. It carries streams for as long as its
// codec can open them, and reports its handshake and its end once each.
#pragma once

#include <functional>
#include <memory>

#include "base/list.h"
#include "codec/make.h"
#include "io/address.h"
#include "link/link.h"
#include "timeline/recorder.h"
#include "tls/client_context.h"
#include "upstream/fast_open_memory.h"

namespace gladhand::upstream {

class Connection;

class ConnectionEvents {
 public:
  virtual ~ConnectionEvents() = default;
  // Its SYN is about to leave, and can take a request along: one that may arrive twice, and has no body (RFC 7413 section
  // 6.3.1). A stream that is opened now is that request's.
  virtual void on_boarding(Connection& connection) = 0;
  // TCP is through with its handshake; TLS may follow.
  virtual void on_connected(Connection&) {}
  // All handshakes are over: can open streams.
  virtual void on_opened(Connection& connection) = 0;
  // Can open another stream, perhaps not for the first time.
  virtual void on_available(Connection& connection) = 0;
  // Gone. `was_opened` tells a failed dial from the end of a connection that had worked.
  virtual void on_closed(Connection& connection, Error error, bool was_opened) = 0;
};

struct ConnectionSettings {
  std::uint16_t upstream = 0;  // its id
  Nanos connect_timeout{};
  Nanos idle_timeout{};  // without a stream
  codec::Protocol protocol = codec::Protocol::sequential;  // where ALPN does not choose
  codec::Settings codec;
  tls::Remote* tls = nullptr;  // null: the connection is plain
  FastOpenMemory* fast_open = nullptr;  // null: Fast Open is not used
};

class Connection final : public ListNode<Connection>, private link::LinkEvents, private io::DeadlineEvents {
 public:
  // `has_rider`: somebody waits whose request may ride in the SYN.
  Connection(io::Loop& loop, ConnectionEvents& events, timeline::Recorder& recorder, const ConnectionSettings& settings, const io::Address& address,
             std::uint64_t id, bool has_rider);
  // Not dialled, but made by `make`, which is called once and at once: its transport is not ready yet and takes over what
  // was connected before. `peer` is whom it leads to.
  using MakeTransport = std::function<std::unique_ptr<net::Transport>(net::TransportEvents&, timeline::ConnectionRecord&)>;
  Connection(io::Loop& loop, ConnectionEvents& events, timeline::Recorder& recorder, const ConnectionSettings& settings, std::string peer,
             std::uint64_t id, const MakeTransport& make);

  ~Connection() override;

  // From now on, events go there.
  void belong_to(ConnectionEvents& events) { events_ = &events; }
  // Of one that is being dialled: the time that is left for that, in place of settings.connect_timeout.
  void connect_within(Nanos left) { deadline_.arm(left); }
  // Another was connected before it. It closes by RST and tells its record; no event follows. To be dropped now.
  void yield();

  // A fresh stream, or null when the connection turns out not to be usable.
  http::Stream* open();
  // How many more streams could be opened now.
  std::size_t can_open() const;
  void close();
  // The same with the peer's consent: says goodbye and waits a while for its end, so that the close can be measured. Not
  // from inside an event of the connection or of its streams.
  void leave() { link_.leave(); }

  const timeline::ConnectionRecord& record() const { return record_; }
  // That was dialled.
  const io::Address& address() const { return address_; }
  // Whether a stream was opened on it; and before the current one.
  bool is_used() const { return record_.exchanges > 0; }
  bool is_reused() const { return record_.exchanges > 1; }

 private:
  enum class State : std::uint8_t {
    dialing,   // no message can be sent yet
    boarding,  // nor is it connected, but one request may leave in the SYN, or has
    open,      // carries streams, or waits for one
    closed,    // final; the record was emitted
  };

  void begin(std::uint64_t id);
  void on_connected() override;
  void on_ready() override;
  void on_stream(http::Stream&) override {}
  void on_settings(http::SettingsStep step) override;
  void on_drain(http::DrainStep step) override;
  void on_closing() override;
  void on_progress() override;
  void on_closed(Error error) override;
  void on_deadline(io::Deadline& deadline) override;
  void join(bool has_rider);
  void settle_fast_open(Code result);
  void emit(Error error);

  ConnectionEvents* events_;
  timeline::Recorder& recorder_;
  const ConnectionSettings& settings_;
  io::Loop& loop_;
  State state_ = State::dialing;
  bool is_backed_off_ = false;  // from Fast Open
  io::Deadline deadline_;
  timeline::ConnectionRecord record_;
  const io::Address address_;
  std::string peer_;
  link::Link link_;
};

}  // namespace gladhand::upstream
