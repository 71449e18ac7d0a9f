#include "server/server.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <semaphore>
#include <utility>

#include "base/kernel_counters.h"
#include "base/log.h"
#include "base/observing.h"
#include "base/pooled.h"
#include "http/syntax.h"
#include "server/last_resort.h"
#include "server/posted_config.h"

namespace gladhand::server {
namespace {

constexpr std::chrono::seconds kAdoption(5);  // by a worker that is not stuck, milliseconds

Reload first_reload(config::Config config, Prepared prepared, StartOptions options, Origin origin, Reload::Publish publish) {
  observe::Names names;
  observe::Ids ids = names.learn(config).value();  // there are as many as a configuration may refer to
  auto first = std::make_shared<const Snapshot>(Snapshot{std::move(config), std::move(prepared), std::move(ids)});
  return {std::move(first), std::move(names), std::move(options), std::move(origin), std::move(publish)};
}

constexpr Nanos kTicketRotation = std::chrono::hours(8);  // with three keys kept: a ticket opens for 16 to 24 hours
constexpr Nanos kFirstWords = std::chrono::seconds(1);      // of clients who came just before another process took over
constexpr Nanos kCutting = std::chrono::seconds(1);
constexpr std::chrono::seconds kWindingUp(1);  // of all workers together: a password that is being verified is ready by then
// From the last connection's end to that of the process, at most: more than the access log's patience and kWindingUp. Sanitizers
// look for leaks.
constexpr Nanos kEnding = std::chrono::seconds(kPoolsMemory ? 4 : 30);

// The end has begun: one more of them must not end the process before it is over, by what a signal does to who does not listen.
void block_signals() {
  sigset_t ours;
  sigemptyset(&ours);
  for (const int number : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&ours, number);
  pthread_sigmask(SIG_BLOCK, &ours, nullptr);
}

}  // namespace

Server::Server(config::Config config, Prepared prepared, StartOptions options, Origin origin, std::string version)
    : worker_count_(options.workers),
      ready_fd_(options.ready_fd),
      reload_(first_reload(std::move(config), std::move(prepared), std::move(options), std::move(origin), [this](const SnapshotPtr& next, const observe::Names& names) { publish(next, names); })),
      version_(std::move(version)),
      files_(loop_, [this] { reload_files(); }),
      next_step_(loop_.deadlines(), *this),
      rotate_tickets_(loop_.deadlines(), *this),
      pulse_(loop_.deadlines(), *this) {}

Expected<void> Server::start() {
  signal(SIGPIPE, SIG_IGN);
  const SnapshotPtr running = reload_.running();
  if (config().log.access.format != config::AccessFormat::off) {
    auto log = observe::AccessLog::open(config(), worker_count_);
    if (!log) return std::unexpected(log.error());
    access_log_ = std::move(*log);
  }
  metrics_ = std::make_unique<observe::Metrics>(config(), worker_count_, version_, access_log_.get());
  recents_ = std::make_unique<observe::Recents>(config(), worker_count_);
  handshakes_ = std::make_unique<Handshakes>(*recents_, clock_);
  for (std::size_t i = 0; i < worker_count_; ++i) {
    std::vector<std::reference_wrapper<timeline::Recorder>> recorders;
    if (kIsObserving) recorders = {metrics_->shard(i), recents_->ring(i)};
    if (access_log_) recorders.emplace_back(access_log_->recorder(i));
    recorders_.push_back(std::make_unique<observe::Fanout>(std::move(recorders)));
  }
  sockets_.emplace(loop_, running);
  metrics_->watch([this] { return sockets_->accept_queues(); });
  for (std::size_t i = 0; i < worker_count_; ++i) {
    workers_.push_back(std::make_unique<Worker>(WorkerSettings{running, ticket_keys_, *recorders_[i], clock_, i},
                                                [this] { mailbox_.post([this] { on_worker_drained(); }); }));
  }
  for (std::size_t i = 0; i < config().listeners.size(); ++i) {
    log::info("listening on {} as {}{}", running->prepared.addresses[i].to_string(), config().listeners[i].name, config().listeners[i].has_tls ? " (TLS)" : "");
  }
  advise_on_fast_open(config(), fast_open_bits());
  if (running->prepared.admin_socket >= 0) start_admin();
  const auto on = [this](int number, void (Server::*act)()) {
    signals_.push_back(std::make_unique<io::Signal>(loop_, number, [this, act] { (this->*act)(); }));
  };
  on(SIGTERM, &Server::on_terminate);
  on(SIGINT, &Server::on_interrupt);
  on(SIGQUIT, &Server::on_quit);
  signals_.push_back(std::make_unique<io::Signal>(loop_, SIGUSR1, [this] {
    if (access_log_ && !access_log_->reopen()) log::error("the access log could not be reopened; the old file stays in use");
  }));
  on(SIGUSR2, &Server::upgrade);
  if (reload_.can_read_again()) signals_.push_back(std::make_unique<io::Signal>(loop_, SIGHUP, [this] { reload(); }));
  metrics_->tell(reload_.facts());
  metrics_->watch_health([this] { return checks_.facts(); });
  checks_.adopt(running);
  files_.watch(paths_of(config()));
  rotate_tickets_.arm(kTicketRotation);
  health_.is_ready = true;
  notifier_.status("serving");
  notifier_.ready();
  if (ready_fd_ >= 0) {
    if (write(ready_fd_, "1", 1) != 1) log::warning("the process before this one does not wait for it any more");
    close(ready_fd_);
  }
  pulse_.arm(notifier_.pulse());
  return {};
}

void Server::start_admin() {
  const Prepared& prepared = reload_.running()->prepared;
  overview_.emplace(Overview::Sources{[this]() -> const Snapshot& { return *reload_.running(); }, [this]() -> const observe::ConfigFacts& { return reload_.facts(); },
                                      *metrics_, *recents_, health_, clock_, [this] { return sockets_->accept_queues(); }, version_, worker_count_});
  status_.emplace(*overview_);
  page_.emplace(*overview_);
  std::vector<std::string> own_names = config().server.admin_hosts;
  if (const std::string_view host = http::host_of(config().server.admin); !host.empty()) own_names.emplace_back(host);
  const auto configuration = [this] { return reload_.running()->prepared.configuration_json; };
  AdminChanges changes{[this] { return reload(); }, [this] { return stop(); }, [this](bool is_unready) { make_unready(is_unready); },
                       [this](std::string text, bool looks_at_files) { return check_posted(std::move(text), reload_.file(), config(), looks_at_files); },
                       [this] { return reload_.running()->prepared.files.admin_token; }};
  admin_.emplace(loop_, prepared.admin_socket, admin_responder({*metrics_, *handshakes_, *status_, *page_, health_, std::move(own_names), configuration, std::move(changes)}), kAdminLimits);
  log::info("admin on http://{}", prepared.addresses.back().to_string());
}

Reload::Outcome Server::reload() {
  if (state_ != State::running) {
    log::warning("the program is about to end: the configuration is not read any more");
    return {};
  }
  notifier_.reloading();
  Reload::Outcome outcome = reload_.run();
  notifier_.ready();
  metrics_->tell(reload_.facts());
  return outcome;
}

void Server::upgrade() {
  if (state_ != State::running) return log::warning("the program is about to end, and is not started anew");
  if (upgrade_) return log::warning("the program is being started anew already");
  log::info("starting {} anew, to take over", own_path());
  upgrade_ = std::make_unique<Upgrade>(loop_, *reload_.running(), [this](const Upgrade::Outcome& outcome) { on_upgraded(outcome); });
}

void Server::on_upgraded(const Upgrade::Outcome& outcome) {
  loop_.retire(std::move(upgrade_));
  if (!outcome) {
    log::error("the new process does not serve: {}; this one goes on", outcome.error());
    reload_.note_failed_upgrade();
    return metrics_->tell(reload_.facts());
  }
  log::info("process {} serves from now on", *outcome);
  notifier_.handed_over(*outcome);
  admin_.reset();  // whoever asks from now on is answered by the new process
  state_ = State::leaving;
  stop_serving("handed over");
  sockets_->let_go();
  files_.stop();
  for (auto& worker : workers_) worker->hand_over();
  next_step_.arm(kFirstWords);
}

void Server::reload_files() {
  reload_.run_for_files();
  metrics_->tell(reload_.facts());
}

// Recorders first: a worker must not tell of what they do not know.
void Server::publish(const SnapshotPtr& snapshot, const observe::Names& names) {
  log::limit(static_cast<log::Level>(snapshot->config.log.level));
  metrics_->learn(names);
  recents_->learn(names);
  if (access_log_) access_log_->learn(names);
  sockets_->adopt(snapshot);
  files_.watch(paths_of(snapshot->config));
  checks_.adopt(snapshot);
  // Shared with the letters, which a worker that is stuck may read after we have given up waiting for it.
  const auto adopted = std::make_shared<std::counting_semaphore<>>(0);
  for (auto& worker : workers_) worker->adopt(snapshot, [adopted] { adopted->release(); });
  const auto patience = std::chrono::steady_clock::now() + kAdoption;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (!adopted->try_acquire_until(patience)) return log::warning("a worker is stuck, and will use the new configuration when it is not any more");
  }
}

Exit Server::run() {
  loop_.run();
  block_signals();
  const Exit exit = state_ == State::cutting ? Exit::connections_cut : Exit::ok;
  LastResort last_resort(kEnding, static_cast<int>(exit));
  last_resort.now_waiting_for("the workers");
  for (auto& worker : workers_) worker->stop();
  for (auto& worker : workers_) worker->wait_until_let_go();
  last_resort.now_waiting_for("the access log");  // which has their last records by now
  if (access_log_) access_log_->stop();
  last_resort.now_waiting_for("what is tidied up at the very end");
  const auto patience = std::chrono::steady_clock::now() + kWindingUp;
  for (auto& worker : workers_) {
    if (worker->has_ended_by(patience)) continue;
    log::info("not waiting for an answer that nobody needs any more");
    std::fflush(nullptr);
    _exit(static_cast<int>(exit));  // the libraries' own end would wait for it, too
  }
  return exit;
}

void Server::on_deadline(io::Deadline& deadline) {
  if (&deadline == &rotate_tickets_) {
    ticket_keys_.rotate();
    return rotate_tickets_.arm(kTicketRotation);
  }
  if (&deadline == &pulse_) {
    if (is_alive()) notifier_.alive();
    return pulse_.arm(notifier_.pulse());
  }
  if (state_ == State::leaving) return drain();
  if (state_ == State::draining) {
    log::warning("the drain timeout passed; what is left is cut");
    return cut();
  }
  loop_.stop();  // cutting takes no time worth waiting for
}

void Server::on_terminate() { state_ == State::running ? leave() : cut(); }
void Server::on_interrupt() { state_ == State::running ? drain() : cut(); }
void Server::on_quit() {
  has_deadline_ = false;
  if (state_ == State::running || state_ == State::leaving) drain();
}

std::optional<Nanos> Server::stop() {
  if (state_ == State::running) {
    log::info("asked to stop through the admin listener");
    leave();
  }
  return longest_end();
}

std::optional<Nanos> Server::longest_end() const {
  if (!has_deadline_) return std::nullopt;
  return Nanos(config().server.shutdown_delay) + Nanos(config().server.drain_timeout) + kCutting + kEnding;
}

// Every worker is asked each time, whoever has not answered.
bool Server::is_alive() {
  return std::ranges::count_if(workers_, [](const auto& worker) { return !worker->is_turning(); }) == 0;
}

// Nobody is turned away: who asks whether we are ready is told no.
void Server::make_unready(bool is_unready) {
  if (health_.is_unready.exchange(is_unready) == is_unready) return;
  log::info("{}, as the admin listener was asked to", is_unready ? "not ready any more, and serving on" : "ready again");
  notifier_.status(is_unready ? "serving, but not ready: somebody asked for that" : "serving");
}

void Server::stop_serving(std::string_view how) {
  upgrade_.reset();
  health_.is_draining = true;
  notifier_.status(how);
  if (std::exchange(is_stopping_, true)) return;
  notifier_.stopping(longest_end());
}

void Server::leave() {
  stop_serving("leaving: not ready, but still accepting");
  if (config().server.shutdown_delay.count() == 0) return drain();
  state_ = State::leaving;
  log::info("leaving: not ready any more, accepting for another {} ms", config().server.shutdown_delay.count());
  next_step_.arm(config().server.shutdown_delay);
}

void Server::drain() {
  state_ = State::draining;
  stop_serving("draining: what has begun may end");
  log::info("draining");
  next_step_.arm(has_deadline_ ? Nanos(config().server.drain_timeout) : Nanos::zero());
  drain_workers();
}

// They close their listening sockets.
void Server::drain_workers() {
  sockets_->let_go();
  files_.stop();
  for (auto& worker : workers_) worker->drain();
}

void Server::cut() {
  if (state_ == State::cutting) return loop_.stop();
  if (state_ != State::draining) drain_workers();
  state_ = State::cutting;
  stop_serving("cutting what is left");
  for (auto& worker : workers_) worker->cut();
  next_step_.arm(kCutting);
}

void Server::on_worker_drained() {
  if (++drained_ < workers_.size()) return;
  log::info("drained");
  loop_.stop();
}

}  // namespace gladhand::server
