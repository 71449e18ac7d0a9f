// Everything on a worker's thread that a client's request can touch.
//
// What belongs to one configuration is a Generation; acceptors, with their sockets and their connections, live on from one to
// the next.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "server/generation.h"

namespace gladhand::server {

struct WorkerSettings {
  SnapshotPtr snapshot;  // the first
  const tls::TicketKeys& ticket_keys;
  timeline::Recorder& recorder;  // this worker's own
  const Clock& clock;
  std::size_t index = 0;
};

class Floor final : private io::DeadlineEvents {
 public:
  // Listens at once; clients are served while the loop runs. What `settings` refers to and `loop` outlive the floor.
  Floor(const WorkerSettings& settings, io::Loop& loop);

  // The next configuration. Connections stay where there is a listener for them: of the same name, or else on the same socket,
  // of the same mode, and TLS or not as before. The others end with what they are doing, and are cut when drain_timeout is over.
  void adopt(SnapshotPtr snapshot);

  void hand_over();  // no new clients, who are another process's; those that are here go on
  void drain();  // no new clients, and every connection ends with what it is doing
  void cut();    // every connection ends now
  // Clients that are connected.
  std::size_t clients() const;

 private:
  static constexpr Nanos kSweep = std::chrono::milliseconds(100);
  static constexpr Nanos kSlowSweep = std::chrono::seconds(1);  // what has outlived its time by that much may live for days

  struct Leaving {
    std::unique_ptr<frontend::Acceptor> acceptor;
    Nanos until;
    bool was_cut = false;
  };

  void on_deadline(io::Deadline&) override;
  std::unique_ptr<frontend::Acceptor> take_match(std::size_t listener, const Snapshot& next);
  bool is_needed(const Generation& generation) const;
  void sweep();
  template <class Act>
  void each_acceptor(Act act);

  const Clock& clock_;
  const std::size_t worker_;
  io::Loop& loop_;
  tls::Library library_;
  std::uint64_t connection_ids_;
  const upstream::EndpointServices endpoint_services_;
  exchange::Asides asides_;
  std::vector<std::unique_ptr<Generation>> old_;
  std::unique_ptr<Generation> current_;
  std::vector<std::unique_ptr<frontend::Acceptor>> acceptors_;  // of each listener
  std::vector<Leaving> leaving_;
  Nanos adopted_at_{};
  io::Deadline sweep_;
};

}  // namespace gladhand::server
