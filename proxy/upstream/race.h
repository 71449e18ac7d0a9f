// One dial of a pool: attempts at the addresses of an endpoint, of which the first to be connected goes on, to TLS and whatever
// else there is (Happy Eyeballs, RFC 8305 section 5).
//
// Each attempt has a head start over the next, and forfeits it by failing. Each is a connection with a record of its own: those
// that are overtaken are closed by RST, and tell that they lost. All of them together have the time that one connection has.
#pragma once

#include <memory>
#include <vector>

#include "io/resolver.h"
#include "upstream/connection.h"

namespace gladhand::upstream {

class Race;

class RaceEvents {
 public:
  virtual ~RaceEvents() = default;
  virtual std::uint64_t next_connection_id() = 0;
  // As ConnectionEvents::on_boarding. True: a request has gone on board. It must not leave by a second way meanwhile, so its
  // connection has won.
  virtual bool board(Connection& connection) = 0;
  // It could not be connected to, or was overtaken in spite of its head start.
  virtual void on_disappointed(const io::Address& address) = 0;
  // The race is over: to be dropped (that is, retired). The winner is its receiver's, and should be told so by belong_to().
  virtual void on_won(Race& race, std::unique_ptr<Connection> winner) = 0;
  // The same, without a winner. `error`: of the attempt that failed last.
  virtual void on_lost(Race& race, Error error) = 0;
};

class Race final : private ConnectionEvents, private io::DeadlineEvents {
 public:
  // The Connection Attempt Delay of RFC 8305.
  static constexpr Nanos kHeadStart = std::chrono::milliseconds(250);

  // The first attempt begins at once. `addresses`: not empty, in the order of their turns. `has_rider`: as Connection's.
  Race(io::Loop& loop, RaceEvents& events, timeline::Recorder& recorder, const ConnectionSettings& settings, io::Addresses addresses, bool has_rider);

 private:
  void on_boarding(Connection& connection) override;
  void on_connected(Connection& connection) override { win(connection); }
  void on_opened(Connection&) override {}
  void on_available(Connection&) override {}
  void on_closed(Connection& connection, Error error, bool was_opened) override;
  void on_deadline(io::Deadline&) override;
  bool has_next() const { return next_ < addresses_.size(); }
  void start_next(Nanos left);
  void win(Connection& winner);

  io::Loop& loop_;
  RaceEvents& events_;
  timeline::Recorder& recorder_;
  const ConnectionSettings& settings_;
  const io::Addresses addresses_;
  const bool has_rider_;
  const Nanos started_;
  std::size_t next_ = 0;  // the address whose turn it is
  std::vector<std::unique_ptr<Connection>> attempts_;  // under way, in the order of their beginnings
  io::Deadline head_start_;
};

}  // namespace gladhand::upstream
