// TLS over TCP: a socket and a session, and the marks that need both.
#pragma once

#include <memory>

#include "io/deadline.h"
#include "io/tcp.h"
#include "net/proxy_header.h"
#include "net/transport.h"
#include "timeline/records.h"
#include "tls/session.h"

namespace gladhand::net {

class Secure final : public Transport, private io::TcpEvents, private io::DeadlineEvents {
 public:
  // Takes over an accepted socket, as the server of `context`; TLS begins behind the preface.
  Secure(io::Loop& loop, TransportEvents& events, timeline::ConnectionRecord& record, const Clock& clock, const tls::ServerContext& context,
         int fd, Preface preface = Preface::none);
  // Dials, and becomes a client of `remote`, which outlives the transport. on_ready or on_failed follows. By Fast Open, the
  // ClientHello leaves in the SYN where a cookie is known: it may arrive twice, which does no harm (RFC 7413 section 6.3.2).
  Secure(io::Loop& loop, TransportEvents& events, timeline::ConnectionRecord& record, const Clock& clock, tls::Remote& remote,
         const io::Address& address, io::Dial dial = io::Dial::ordinary);

  bool is_ready() const override { return session_.is_open(); }
  bool can_send() const override { return is_ready() || session_.is_early(); }
  void start_reading() override;
  void stop_reading() override;
  bool is_fresh() const override { return is_ready() && tcp_.is_fresh(); }
  bool has_end_come() const override { return tcp_.has_end_come(); }
  void send(Buffer& bytes) override;
  void send_last(Buffer& bytes) override;
  std::size_t backlog() const override { return tcp_.backlog(); }
  void goodbye() override;
  void end() override { tcp_.shutdown(); }
  void abort() override { tcp_.reset_on_close(); }
  void take_last_facts() override;
  std::string_view alpn() const override { return session_.alpn(); }
  bool is_for(std::string_view host) const override { return session_.is_for(host); }
  bool is_cut_off() const override { return is_cut_off_; }

 private:
  void on_connected() override;
  void on_read(Slice bytes) override;
  void on_end() override;
  void on_error(Code code) override;
  void on_drained() override { events_.on_drained(); }
  void on_deadline(io::Deadline& deadline) override;

  bool pass_header(Slice& bytes);
  void handshake();
  void deliver_early();
  void deliver();
  void fail(Error error);
  void flush() { tcp_.write(session_.output()); }

  io::Loop& loop_;
  TransportEvents& events_;
  const Clock& clock_;
  tls::Tap tap_;
  tls::Session session_;
  io::Tcp tcp_;
  io::Deadline held_back_;  // the handshake's last bytes, which wait for a message to leave with
  std::unique_ptr<ProxyHeaderReader> header_;  // while one is awaited
  bool is_client_;
  bool wants_reading_ = false;  // its owner; a handshake goes on reading whether or not
  bool has_told_early_ = false;
  bool input_ended_ = false;  // by close_notify or FIN; what follows does not count
  bool is_cut_off_ = false;   // by FIN alone
  bool has_said_goodbye_ = false;
  bool has_failed_ = false;
};

}  // namespace gladhand::net
