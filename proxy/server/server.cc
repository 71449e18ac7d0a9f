#include "server/server.h"

#include <signal.h>

#include "base/kernel_counters.h"
#include "base/log.h"
#include "base/observing.h"
#include "http/syntax.h"

namespace gladhand::server {
namespace {

constexpr Nanos kTicketRotation = std::chrono::hours(8);  // with three keys kept: a ticket opens for 16 to 24 hours

}  // namespace

Server::Server(const config::Config& config, const Prepared& prepared, std::string version, std::size_t workers)
    : config_(config),
      prepared_(prepared),
      worker_count_(workers),
      version_(std::move(version)),
      next_step_(loop_.deadlines(), *this),
      rotate_tickets_(loop_.deadlines(), *this) {}

Server::~Server() {
  workers_.clear();  // their last records are written before the log is closed
  if (access_log_) access_log_->stop();
}

Expected<void> Server::start() {
  signal(SIGPIPE, SIG_IGN);
  if (config_.log.access.format != config::AccessFormat::off) {
    auto log = observe::AccessLog::open(config_, worker_count_);
    if (!log) return std::unexpected(log.error());
    access_log_ = std::move(*log);
  }
  metrics_ = std::make_unique<observe::Metrics>(config_, worker_count_, version_, access_log_.get());
  recents_ = std::make_unique<observe::Recents>(config_, worker_count_);
  handshakes_ = std::make_unique<Handshakes>(*recents_, clock_);
  for (std::size_t i = 0; i < worker_count_; ++i) {
    std::vector<std::reference_wrapper<timeline::Recorder>> recorders;
    if (kIsObserving) recorders = {metrics_->shard(i), recents_->ring(i)};
    if (access_log_) recorders.emplace_back(access_log_->recorder(i));
    recorders_.push_back(std::make_unique<observe::Fanout>(std::move(recorders)));
  }
  sockets_.emplace(loop_, config_, prepared_);
  metrics_->watch([this] { return sockets_->accept_queues(); });
  for (std::size_t i = 0; i < worker_count_; ++i) {
    workers_.push_back(std::make_unique<Worker>(WorkerSettings{config_, prepared_, ticket_keys_, *recorders_[i], clock_, i},
                                                [this] { mailbox_.post([this] { on_worker_drained(); }); }));
  }
  for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
    log::info("listening on {} as {}{}", prepared_.addresses[i].to_string(), config_.listeners[i].name, config_.listeners[i].has_tls ? " (TLS)" : "");
  }
  advise_on_fast_open(config_, fast_open_bits());
  if (prepared_.admin_socket >= 0) {
    const std::string own_host(http::host_of(config_.server.admin));
    overview_.emplace(Overview::Sources{config_, prepared_, *metrics_, *recents_, health_, clock_, [this] { return sockets_->accept_queues(); }, version_, worker_count_});
    status_.emplace(*overview_);
    page_.emplace(*overview_);
    admin_.emplace(loop_, prepared_.admin_socket, admin_responder(*metrics_, *handshakes_, *status_, *page_, health_, own_host), kAdminLimits);
    log::info("admin on http://{}", prepared_.addresses.back().to_string());
  }
  const auto on = [this](int number, void (Server::*act)()) {
    signals_.push_back(std::make_unique<io::Signal>(loop_, number, [this, act] { (this->*act)(); }));
  };
  on(SIGTERM, &Server::on_terminate);
  on(SIGINT, &Server::on_interrupt);
  on(SIGQUIT, &Server::on_quit);
  signals_.push_back(std::make_unique<io::Signal>(loop_, SIGUSR1, [this] {
    if (access_log_ && !access_log_->reopen()) log::error("the access log could not be reopened; the old file stays in use");
  }));
  rotate_tickets_.arm(kTicketRotation);
  health_.is_ready = true;
  return {};
}

Exit Server::run() {
  loop_.run();
  return state_ == State::cutting ? Exit::connections_cut : Exit::ok;
}

void Server::on_deadline(io::Deadline& deadline) {
  if (&deadline == &rotate_tickets_) {
    ticket_keys_.rotate();
    return rotate_tickets_.arm(kTicketRotation);
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

void Server::leave() {
  health_.is_draining = true;
  if (config_.server.shutdown_delay.count() == 0) return drain();
  state_ = State::leaving;
  log::info("leaving: not ready any more, accepting for another {} ms", config_.server.shutdown_delay.count());
  next_step_.arm(config_.server.shutdown_delay);
}

void Server::drain() {
  state_ = State::draining;
  health_.is_draining = true;
  log::info("draining");
  next_step_.arm(has_deadline_ ? Nanos(config_.server.drain_timeout) : Nanos::zero());
  drain_workers();
}

// They close their listening sockets.
void Server::drain_workers() {
  sockets_->let_go();
  for (auto& worker : workers_) worker->drain();
}

void Server::cut() {
  if (state_ == State::cutting) return loop_.stop();
  if (state_ != State::draining) drain_workers();
  state_ = State::cutting;
  health_.is_draining = true;
  for (auto& worker : workers_) worker->cut();
  next_step_.arm(std::chrono::seconds(1));
}

void Server::on_worker_drained() {
  if (++drained_ < workers_.size()) return;
  log::info("drained");
  loop_.stop();
}

}  // namespace gladhand::server
