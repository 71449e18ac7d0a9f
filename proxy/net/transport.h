// A connection's bytes, whatever protects them: plain TCP or TLS.
//
// The owner sends and receives plaintext and does not know the difference. A transport marks the moments of its own
// handshake in the record it was given. Events come as those of io::Tcp do: never from inside a call.
#pragma once

#include "base/buffer.h"
#include "base/error.h"

namespace gladhand::io {
class Tcp;
}

namespace gladhand::net {

struct ProxyHeader;

class TransportEvents {
 public:
  virtual ~TransportEvents() = default;
  // Of one that was told to await a PROXY header, before everything else: it is complete.
  virtual void on_proxy_header(const ProxyHeader&) {}
  // A client's early data was accepted: bytes may flow in both directions, although the handshake is not over. What comes
  // before on_ready may be a replay, and who sent it has not proved to be there (RFC 8446 section 2.3).
  virtual void on_early() {}
  // Of a dial: TCP is through with its handshake. What else there is follows, be it only on_ready.
  virtual void on_connected() {}
  // The handshakes are over; bytes may flow. Not sent by a transport that is_ready() from the start. One that dials by Fast
  // Open may say so before it, too: see plain.h.
  virtual void on_ready() = 0;
  virtual void on_bytes(Slice bytes) = 0;
  // The peer will send no more.
  virtual void on_end() = 0;
  // Final. Before on_ready: the handshake's result.
  virtual void on_failed(Error error) = 0;
  // The backlog is gone.
  virtual void on_drained() = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;

  virtual bool is_ready() const = 0;
  // Bytes may be sent: is_ready(), or on_early() came.
  virtual bool can_send() const { return is_ready(); }
  virtual void start_reading() = 0;
  // Nothing waits for bytes of it yet but a read that was tried.
  virtual bool is_fresh() const = 0;
  virtual void stop_reading() = 0;
  // The peer's FIN or RST has come, although nobody has read as far.
  virtual bool has_end_come() const = 0;
  // Takes all of `bytes`.
  virtual void send(Buffer& bytes) = 0;
  // The same for the last bytes: goodbye() follows within the turn, and they may leave with it.
  virtual void send_last(Buffer& bytes) = 0;
  // Bytes that the kernel has not taken yet.
  virtual std::size_t backlog() const = 0;
  // Behind what was sent: the close_notify, where there is TLS. A FIN should follow within the turn, by end() or by the
  // object's own end.
  virtual void goodbye() = 0;
  // Sends a FIN behind the backlog.
  virtual void end() = 0;
  // Makes the close that follows a RST.
  virtual void abort() = 0;
  // The protocol that was agreed on with the peer (RFC 7301), once the transport is ready; empty: none, or nobody asked.
  virtual std::string_view alpn() const { return {}; }
  // Of a server that has several certificates: whether the one that the client was shown is the one for `host`.
  virtual bool is_for(std::string_view) const { return true; }
  // After on_end(): the end may be an attacker's, for the peer did not say goodbye as its protection wants it to. What ended
  // by its own framing is complete all the same (RFC 9112 section 9.8).
  virtual bool is_cut_off() const { return false; }
  // What the kernel has to tell of the connection at its end goes into the record. To be called once, before it is closed.
  virtual void take_last_facts() {}
  // The socket, where its bytes are the owner's own; null where they are protected.
  virtual io::Tcp* bare_socket() { return nullptr; }
};

}  // namespace gladhand::net
