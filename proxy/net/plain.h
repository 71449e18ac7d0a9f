// TCP without TLS.
#pragma once

#include <memory>

#include "base/pooled.h"
#include "io/tcp.h"
#include "net/proxy_header.h"
#include "net/transport.h"
#include "timeline/records.h"

namespace gladhand::net {

class Plain final : public Transport, public Pooled<Plain>, private io::TcpEvents {
 public:
  // Takes over an accepted socket. Behind a preface, on_ready follows when that is complete, or on_failed.
  Plain(io::Loop& loop, TransportEvents& events, timeline::ConnectionRecord& record, int fd, Preface preface = Preface::none);
  // Dials. on_ready or on_failed follows. By Fast Open, on_ready may come twice: before there is a connection, when the SYN can
  // take bytes along that may arrive twice; and when there is one.
  Plain(io::Loop& loop, TransportEvents& events, timeline::ConnectionRecord& record, const io::Address& address, io::Dial dial = io::Dial::ordinary);

  bool is_ready() const override { return is_ready_; }
  void start_reading() override { tcp_.start_reading(); }
  void stop_reading() override { tcp_.stop_reading(); }
  bool is_fresh() const override { return tcp_.is_fresh(); }
  bool has_end_come() const override { return tcp_.has_end_come(); }
  void send(Buffer& bytes) override { tcp_.write(bytes); }
  void send_last(Buffer& bytes) override { tcp_.write(bytes, io::Then::fin); }
  std::size_t backlog() const override { return tcp_.backlog(); }
  void goodbye() override {}
  void end() override { tcp_.shutdown(); }
  void abort() override { tcp_.reset_on_close(); }
  void take_last_facts() override;
  io::Tcp* bare_socket() override { return &tcp_; }

 private:
  void on_syn_due() override;
  void on_connected() override;
  void on_read(Slice bytes) override;
  void on_end() override;
  void on_error(Code code) override { events_.on_failed({code}); }
  void on_drained() override { events_.on_drained(); }

  bool pass_header(Slice& bytes);
  void fail(Error error);

  io::Loop& loop_;
  TransportEvents& events_;
  timeline::ConnectionRecord& record_;
  std::unique_ptr<ProxyHeaderReader> header_;  // while one is awaited
  bool is_ready_;
  bool has_failed_ = false;  // by what came instead of it
  bool has_read_ = false;
  io::Tcp tcp_;
};

}  // namespace gladhand::net
