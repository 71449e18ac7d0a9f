#include "server/worker.h"

#include <pthread.h>
#include <signal.h>

#include "exchange/store.h"

namespace gladhand::server {

// Lives on the worker's thread. The members are in the order in which they need each other.
class Worker::Floor final : private io::DeadlineEvents {
 public:
  Floor(const WorkerSettings& settings, const std::function<void()>& on_drained)
      : on_drained_(on_drained),
        loop_(settings.clock),
        mailbox_(loop_),
        library_(settings.ticket_keys),
        router_(settings.config.routes),
        services_{loop_, settings.recorder, router_, settings.config.routes, clusters_},
        store_(services_),
        drained_check_(loop_.deadlines(), *this),
        // The worker's number in the high bits: ids are unique in the process.
        connection_ids_(static_cast<std::uint64_t>(settings.index) << 48) {
    for (std::size_t i = 0; i < settings.config.upstreams.size(); ++i) {
      const config::Upstream& upstream = settings.config.upstreams[i];
      client_contexts_.push_back(std::move(*settings.prepared.identities[i].make_context(library_, upstream)));  // tried by prepare(), too
      clusters_.push_back(std::make_unique<upstream::Cluster>(loop_, settings.recorder, connection_ids_, upstream, static_cast<std::uint16_t>(i),
                                                              settings.prepared.endpoints[i], client_contexts_.back().get()));
    }
    for (std::size_t i = 0; i < settings.config.listeners.size(); ++i) {
      const config::Listener& listener = settings.config.listeners[i];
      if (listener.has_tls) {
        // Tried by prepare() with the same values.
        contexts_.push_back(std::move(*tls::ServerContext::make(library_, listener, settings.prepared.certificates[i])));
      } else {
        contexts_.push_back(nullptr);
      }
      frontend::ListenerServices services{loop_, settings.clock, settings.recorder, store_, listener, contexts_.back().get(), {}};
      for (const std::string& text : listener.trusted_proxies) {
        if (auto network = io::Network::parse(text)) services.trusted_proxies.push_back(*network);
      }
      acceptors_.push_back(std::make_unique<frontend::Acceptor>(std::move(services), static_cast<std::uint16_t>(i), connection_ids_,
                                                                settings.prepared.sockets[i][settings.index]));
    }
  }

  io::Loop& loop() { return loop_; }
  io::Mailbox& mailbox() { return mailbox_; }

  void drain() {
    for (auto& acceptor : acceptors_) {
      acceptor->stop_accepting();
      acceptor->drain();
    }
    drained_check_.arm(kCheckDrained);
  }
  void cut() {
    for (auto& acceptor : acceptors_) acceptor->cut();
  }

 private:
  static constexpr Nanos kCheckDrained = std::chrono::milliseconds(10);

  void on_deadline(io::Deadline&) override {
    std::size_t left = 0;
    for (auto& acceptor : acceptors_) left += acceptor->size();
    if (left > 0) return drained_check_.arm(kCheckDrained);
    on_drained_();
  }

  const std::function<void()>& on_drained_;
  io::Loop loop_;
  io::Mailbox mailbox_;
  tls::Library library_;
  exchange::Router router_;
  std::vector<std::unique_ptr<tls::ClientContext>> client_contexts_;  // of each upstream
  std::vector<std::unique_ptr<upstream::Cluster>> clusters_;
  exchange::Services services_;
  exchange::Store store_;
  io::Deadline drained_check_;
  std::uint64_t connection_ids_;
  std::vector<std::unique_ptr<tls::ServerContext>> contexts_;
  std::vector<std::unique_ptr<frontend::Acceptor>> acceptors_;
};

Worker::Worker(const WorkerSettings& settings, std::function<void()> on_drained)
    : settings_(settings), on_drained_(std::move(on_drained)), thread_([this] { run(); }) {
  mailbox_.wait(nullptr);
}

Worker::~Worker() {
  mailbox_.load()->post([this] { floor_.load()->loop().stop(); });
  thread_.join();
}

void Worker::run() {
  // Signals are the main thread's.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  Floor floor(settings_, on_drained_);
  floor_ = &floor;
  mailbox_ = &floor.mailbox();
  mailbox_.notify_all();
  floor.loop().run();
}

void Worker::drain() {
  mailbox_.load()->post([this] { floor_.load()->drain(); });
}

void Worker::cut() {
  mailbox_.load()->post([this] { floor_.load()->cut(); });
}

}  // namespace gladhand::server
