// The process: workers, the admin endpoint, signals, and the order in which all of it ends.
//
//   running ──SIGTERM──► leaving (not ready, still accepting) ──shutdown_delay──► draining ──all gone──► stopped, exit 0
//                                                                                   └──drain_timeout──► cut, exit 4
//   SIGINT drains without the delay; a second SIGINT or SIGTERM cuts at once. SIGQUIT drains without a deadline.
//   POST /api/v1/stop on the admin listener is a first SIGTERM.
//   Stopped, nothing is waited for any more that may not end (server/last_resort.h).
//   SIGHUP reads the configuration anew, where there is a file of it. SIGUSR2 starts the program anew and hands the listening
//   sockets over; as soon as the new process serves, this one is leaving, too, without accepting; before, nothing changes here.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "io/signals.h"
#include "observe/access_log.h"
#include "observe/fanout.h"
#include "observe/metrics.h"
#include "observe/recents.h"
#include "server/admin.h"
#include "server/health_checks.h"
#include "server/listening_sockets.h"
#include "server/live_page.h"
#include "server/notifier.h"
#include "server/reload.h"
#include "server/status_api.h"
#include "server/upgrade.h"
#include "server/watched_files.h"
#include "server/worker.h"

namespace gladhand::server {

// Exit codes of the program, all of them.
enum class Exit : int { ok = 0, configuration_invalid = 1, usage = 2, could_not_start = 3, connections_cut = 4 };

class Server final : private io::DeadlineEvents {
 public:
  // `prepared` is the configuration's, by the same options.
  Server(config::Config config, Prepared prepared, StartOptions options, Origin origin, std::string version);
  ~Server() override = default;

  // Opens the access log and starts the workers. The error says what could not be.
  Expected<void> start();
  // Until a signal ends it. Then every record is written and no signal is delivered any more. The process ends soon, or is ended:
  // here, if a worker still winds up (worker.h), or wherever it comes to a stop (last_resort.h).
  Exit run();

  io::Loop& loop() { return loop_; }
  const Prepared& prepared() const { return reload_.running()->prepared; }

 private:
  enum class State : std::uint8_t { running, leaving, draining, cutting };

  void start_admin();
  void on_deadline(io::Deadline& deadline) override;
  void on_terminate();
  void on_interrupt();
  void on_quit();
  // As SIGTERM does, but a second call cuts nothing. How long it may still take; nothing: as long as it likes.
  std::optional<Nanos> stop();
  std::optional<Nanos> longest_end() const;
  bool is_alive();
  void make_unready(bool is_unready);
  void stop_serving(std::string_view how);
  void leave();
  void drain();
  void cut();
  void drain_workers();
  void on_worker_drained();
  void upgrade();
  void on_upgraded(const Upgrade::Outcome& outcome);
  Reload::Outcome reload();
  void reload_files();
  void publish(const SnapshotPtr& snapshot, const observe::Names& names);
  const config::Config& config() const { return reload_.running()->config; }

  const std::size_t worker_count_;
  const int ready_fd_;
  Reload reload_;
  const Clock clock_;
  io::Loop loop_{clock_};
  io::Mailbox mailbox_{loop_};
  tls::TicketKeys ticket_keys_;
  std::unique_ptr<observe::AccessLog> access_log_;
  std::unique_ptr<observe::Metrics> metrics_;
  std::unique_ptr<observe::Recents> recents_;
  std::unique_ptr<Handshakes> handshakes_;
  std::string version_;
  std::vector<std::unique_ptr<observe::Fanout>> recorders_;
  std::optional<ListeningSockets> sockets_;
  WatchedFiles files_;
  HealthChecks checks_{loop_, ticket_keys_};
  std::vector<std::unique_ptr<Worker>> workers_;
  Health health_;
  Notifier notifier_ = Notifier::from_environment();
  std::optional<Overview> overview_;
  std::optional<StatusApi> status_;
  std::optional<LivePage> page_;
  std::optional<Service> admin_;
  std::unique_ptr<Upgrade> upgrade_;  // null: none is under way
  State state_ = State::running;
  bool has_deadline_ = true;
  bool is_stopping_ = false;
  std::size_t drained_ = 0;
  io::Deadline next_step_;
  io::Deadline rotate_tickets_;
  io::Deadline pulse_;
  std::vector<std::unique_ptr<io::Signal>> signals_;
};

}  // namespace gladhand::server
