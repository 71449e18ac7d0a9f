// The connections of one worker to one endpoint: those that wait for work, those at work, and who waits for one.
//
// No connection is probed before it is used: a read is always armed on it, so its death is known as soon as it can be. The
// one used last is used next, because its path is warm, and the others may then grow old and go. A connection that can carry
// several streams stays in front until it is full.
#pragma once

#include <memory>
#include <vector>

#include "upstream/connection.h"
#include "upstream/race.h"

namespace gladhand::upstream {

// Who waits for a stream. Destroying it, or giving up, ends the wait.
class StreamWaiter : public ListNode<StreamWaiter> {
 public:
  virtual ~StreamWaiter() { give_up(); }
  void give_up() {
    if (!is_linked()) return;
    unlink();
    --*line_size_;
  }
  // The name of the endpoint was looked up for it, and found. One of the others follows.
  virtual void on_resolved() = 0;
  virtual void on_stream_ready(http::StreamGrip grip, const Connection& connection) = 0;
  virtual void on_stream_failed(Error error) = 0;
  // Whether its request could be sent twice without harm, and has no body: it may leave in a SYN.
  virtual bool can_ride() const { return false; }

 private:
  friend class WaitingLine;
  std::size_t* line_size_ = nullptr;
  bool may_reuse_ = true;
};

// First come, first served.
class WaitingLine {
 public:
  void join(StreamWaiter& waiter, bool may_reuse) {
    waiter.line_size_ = &size_;
    waiter.may_reuse_ = may_reuse;
    waiters_.push_back(waiter);
    ++size_;
  }
  StreamWaiter& front() { return waiters_.front(); }
  // Whether the first of them would take a connection that was used before.
  bool may_reuse() { return waiters_.front().may_reuse_; }
  StreamWaiter& take_front() {
    StreamWaiter& waiter = waiters_.front();
    waiter.give_up();
    return waiter;
  }
  bool empty() const { return waiters_.empty(); }
  std::size_t size() const { return size_; }

 private:
  List<StreamWaiter> waiters_;
  std::size_t size_ = 0;
};

struct PoolSettings {
  ConnectionSettings connection;
  std::uint32_t max_connections = 1024;
  std::uint32_t max_pending = 1024;
  std::size_t expected_streams = 1;  // that the first connection will carry at once: requests as many wait for it together
  bool fast_open = false;
};

class PoolEvents {
 public:
  virtual ~PoolEvents() = default;
  // Where to dial, in the order of their turns; empty: nowhere.
  virtual io::Addresses addresses() = 0;
  virtual void on_dial_ended(bool was_opened) = 0;
  // None of the addresses could be connected to. Stands for on_dial_ended.
  virtual void on_race_lost() = 0;
  // What is to be remembered of one of the addresses.
  virtual void on_address_tried(const io::Address& address, bool was_good) = 0;
  virtual std::uint64_t next_connection_id() = 0;
};

class Pool final : private ConnectionEvents, private RaceEvents {
 public:
  Pool(io::Loop& loop, PoolEvents& events, timeline::Recorder& recorder, PoolSettings settings)
      : loop_(loop), events_(events), recorder_(recorder), settings_(settings), expected_streams_(settings.expected_streams) {}
  ~Pool() override;

  struct Lease {
    http::StreamGrip grip;  // empty: `waiter` was queued and will be told
    const Connection* connection = nullptr;
  };
  // A stream at once if one is free and `may_reuse`; else the waiter is queued, if not `may_reuse` for a fresh connection as
  // long as one is being dialled. An error means neither.
  Expected<Lease> ask(StreamWaiter& waiter, bool may_reuse);
  // Whether ask() would find a connection that is free.
  bool can_reuse() const { return !available_.empty(); }
  // Nobody uses it, nor will soon.
  bool is_idle() const { return size() == 0 && waiting_.empty(); }

 private:
  std::uint64_t next_connection_id() override { return events_.next_connection_id(); }
  bool board(Connection& connection) override;
  void on_disappointed(const io::Address& address) override { events_.on_address_tried(address, false); }
  void on_won(Race& race, std::unique_ptr<Connection> winner) override;
  void on_lost(Race& race, Error error) override;
  void on_boarding(Connection&) override {}  // which is over when it has won
  void on_opened(Connection& connection) override;
  void on_available(Connection& connection) override { serve(connection); }
  void on_closed(Connection& connection, Error error, bool was_opened) override;
  void serve(Connection& connection);
  bool dial(bool has_rider = false);
  void dial_for_the_waiting();
  void dial_once_more();
  void bear_failure(Error error);
  void drop(Race& race);
  // However many addresses a race tries, one connection will come of it.
  std::size_t size() const { return connections_.size() + races_.size(); }
  // Whether the dials on their way will not do for `waiting` requests.
  bool needs_dial(std::size_t waiting) const { return waiting > dialing_ * expected_streams_; }

  io::Loop& loop_;
  PoolEvents& events_;
  timeline::Recorder& recorder_;
  const PoolSettings settings_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Race>> races_;  // dials that nothing was connected by yet
  List<Connection> available_;
  WaitingLine waiting_;
  std::size_t dialing_ = 0;
  std::size_t expected_streams_ = 1;  // that a connection will carry at once, as far as the last one tells
};

}  // namespace gladhand::upstream
