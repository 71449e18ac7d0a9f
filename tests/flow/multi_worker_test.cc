// The real workers, each with its thread: many short connections from many threads, metrics read meanwhile, a drain in
// the middle of it. Meant for ThreadSanitizer; what is counted at the end must add up all the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <latch>
#include <thread>

#include "config/validate.h"
#include "io/acceptor.h"
#include "observe/fanout.h"
#include "observe/handshake_json.h"
#include "observe/metrics.h"
#include "server/service.h"
#include "server/worker.h"
#include "support/proxy.h"
#include "support/sockets.h"
#include "support/tls_client.h"
#include "tls/openssl.h"

#if defined(__SANITIZE_THREAD__)
// libuv closes sockets with a system call of its own, which ThreadSanitizer does not see: the next thread that gets the
// number, for a socket or to read /proc, looks like a rival of the last that had it.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_suppressions() {
  return "race:accept4\nrace:closedir\nrace:epoll_ctl\nrace:fclose\nrace:fopen\nrace:opendir\nrace:socket\nrace:interceptor_close\nrace:interceptor_open\n";
}
#endif

namespace gladhand::test {
namespace {

constexpr std::size_t kWorkers = 2;

#if defined(__SANITIZE_THREAD__)
constexpr int kConnections = 40;  // of each client thread
#else
constexpr int kConnections = 100;
#endif

// An origin on a thread of its own.
class Origin {
 public:
  Origin() : fd_(*io::open_listening_socket(*io::Address::numeric("127.0.0.1", 0), 1024)) {
    std::atomic<bool> is_up = false;
    thread_ = std::thread([&] {
      io::Loop loop(clock_);
      io::Mailbox mailbox(loop);
      const server::Service service(loop, fd_, [this](const server::Question& question) {
        if (question.head.target == "/once") ++heard;
        server::Answer answer;
        answer.body = std::string(question.head.target) + std::string(2'000, 'x');
        return answer;
      });
      loop_ = &loop;
      mailbox_ = &mailbox;
      address_ = service.address();
      is_up = true;
      is_up.notify_all();
      loop.run();
    });
    is_up.wait(false);
  }
  ~Origin() {
    mailbox_->post([this] { loop_->stop(); });
    thread_.join();
  }
  std::string url() const { return "http://" + address_.to_string(); }

  std::atomic<int> heard = 0;  // of requests for /once

 private:
  const Clock clock_;
  const int fd_;
  io::Address address_;
  io::Loop* loop_ = nullptr;
  io::Mailbox* mailbox_ = nullptr;
  std::thread thread_;
};

// Blocking clients, plain and TLS. True: a whole answer came.
bool is_answer(const std::string& text, const std::string& target) {
  return text.starts_with("HTTP/1.1 200") && text.find("\r\n\r\n" + target + "x") != text.npos;
}

std::string request(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"; }

bool ask_plain(const io::Address& address, const std::string& target) {
  const Socket socket = Socket::connected_to(address);
  if (!socket) return false;
  socket.send(request(target));
  std::string answer;
  std::array<char, 4096> room;
  ssize_t n;
  while ((n = ::recv(socket.fd(), room.data(), room.size(), 0)) > 0) answer.append(room.data(), static_cast<std::size_t>(n));
  return is_answer(answer, target);
}

class TlsAsker {
 public:
  TlsAsker() : context_(SSL_CTX_new(TLS_client_method())) {}
  ~TlsAsker() { SSL_SESSION_free(session_); }
  TlsAsker(const TlsAsker&) = delete;
  TlsAsker& operator=(const TlsAsker&) = delete;

  int resumed = 0;

  bool ask(const io::Address& address, const std::string& target) {
    const Socket socket = Socket::connected_to(address);
    if (!socket) return false;
    const tls::SslPtr ssl(SSL_new(context_.get()));
    SSL_set_fd(ssl.get(), socket.fd());
    if (session_) SSL_set_session(ssl.get(), session_);
    if (SSL_connect(ssl.get()) != 1) return false;
    resumed += SSL_session_reused(ssl.get());
    const std::string question = request(target);
    SSL_write(ssl.get(), question.data(), static_cast<int>(question.size()));
    std::string answer;
    std::array<char, 4096> room;
    int n;
    while ((n = SSL_read(ssl.get(), room.data(), room.size())) > 0) answer.append(room.data(), static_cast<std::size_t>(n));
    SSL_shutdown(ssl.get());  // OpenSSL forgets a session that was not closed well
    SSL_SESSION_free(std::exchange(session_, SSL_get1_session(ssl.get())));
    ERR_clear_error();
    return is_answer(answer, target);
  }

 private:
  tls::ContextPtr context_;
  SSL_SESSION* session_ = nullptr;
};

class MultiWorker : public testing::Test {
 protected:
  MultiWorker() {
    signal(SIGPIPE, SIG_IGN);
    config_ = one_listener(false);
    config_.listeners.push_back(one_listener(true).listeners.front());
    config_.listeners.back().name = "secure";
    config_.listeners.back().tls.early_data = true;
    config::Endpoint endpoint;
    endpoint.url = origin_.url();
    config_.upstreams.front().endpoints.push_back(endpoint);
    EXPECT_TRUE(config::validate(config_).empty());
    server::StartOptions options;
    options.workers = kWorkers;
    auto prepared = server::prepare(config_, {}, options);
    snapshot_ = std::make_shared<const server::Snapshot>(server::Snapshot{config_, std::move(*prepared), *names_.learn(config_)});
    metrics_.emplace(config_, kWorkers, "test");
    recents_.emplace(config_, kWorkers);
    for (std::size_t i = 0; i < kWorkers; ++i) {
      recorders_.push_back(std::make_unique<observe::Fanout>(std::vector<std::reference_wrapper<timeline::Recorder>>{metrics_->shard(i), recents_->ring(i)}));
      workers_.push_back(std::make_unique<server::Worker>(server::WorkerSettings{snapshot_, ticket_keys_, *recorders_[i], clock_, i}, [this] {
        ++drained_;
        drained_.notify_all();
      }));
    }
  }

  const io::Address& plain() const { return snapshot_->prepared.addresses[0]; }
  const io::Address& secure() const { return snapshot_->prepared.addresses[1]; }
  // As Server::publish; until every worker has it.
  void reload(config::Config next) {
    ASSERT_TRUE(config::validate(next).empty());
    const server::Running running{snapshot_->config, snapshot_->prepared};
    server::StartOptions options;
    options.workers = kWorkers;
    auto prepared = server::prepare(next, {}, options, &running);
    ASSERT_TRUE(prepared);
    const observe::Ids ids = *names_.learn(next);
    metrics_->learn(names_);
    recents_->learn(names_);
    snapshot_ = std::make_shared<const server::Snapshot>(server::Snapshot{std::move(next), std::move(*prepared), ids});
    std::latch adopted(kWorkers);
    for (const auto& worker : workers_) worker->adopt(snapshot_, [&] { adopted.count_down(); });
    adopted.wait();
  }
  void await_drained() {
    for (std::size_t n = drained_; n < kWorkers; n = drained_) drained_.wait(n);
  }
  // The sum of a family's lines that contain all of `parts`.
  double counted(std::initializer_list<std::string_view> parts) const {
    double sum = 0;
    const std::string page = metrics_->render();
    for (std::string_view rest = page; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (line.starts_with('#')) continue;
      if (std::ranges::all_of(parts, [&](std::string_view part) { return line.find(part) != line.npos; })) {
        sum += std::stod(std::string(line.substr(line.rfind(' ') + 1)));
      }
    }
    return sum;
  }

  Origin origin_;
  const Clock clock_;
  config::Config config_;
  observe::Names names_;
  server::SnapshotPtr snapshot_;
  std::optional<observe::Metrics> metrics_;
  std::optional<observe::Recents> recents_;
  std::vector<std::unique_ptr<observe::Fanout>> recorders_;
  tls::TicketKeys ticket_keys_;
  std::atomic<std::size_t> drained_ = 0;
  std::atomic<bool> has_begun_to_drain_ = false;
  std::vector<std::unique_ptr<server::Worker>> workers_;
};

TEST_F(MultiWorker, many_short_connections_are_all_answered_and_all_counted) {
  std::atomic<int> answered = 0;
  std::atomic<int> resumed = 0;
  std::atomic<bool> is_over = false;
  std::vector<std::thread> clients;
  for (int thread = 0; thread < 2; ++thread) {
    clients.emplace_back([&, thread] {
      for (int i = 0; i < kConnections; ++i) answered += ask_plain(plain(), "/plain/" + std::to_string(thread) + '/' + std::to_string(i));
    });
    clients.emplace_back([&, thread] {
      TlsAsker asker;
      for (int i = 0; i < kConnections; ++i) answered += asker.ask(secure(), "/secure/" + std::to_string(thread) + '/' + std::to_string(i));
      resumed += asker.resumed;
    });
  }
  std::thread scraper([&] {
    observe::HandshakeJson json(*recents_);
    while (!is_over) {
      EXPECT_THAT(metrics_->render(), testing::HasSubstr("gladhand_handshakes_total"));
      for (const auto& recent : recents_->list({.limit = 20})) EXPECT_THAT(json.write(*recent, observe::Moment::of(clock_)), testing::EndsWith("}}"));
    }
  });
  std::thread rotator([&] {
    while (!is_over) {
      ticket_keys_.rotate();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  for (std::thread& client : clients) client.join();
  is_over = true;
  scraper.join();
  rotator.join();
  EXPECT_EQ(answered, 4 * kConnections);
  EXPECT_GT(resumed, 0);  // tickets of one worker open on the other

  for (const auto& worker : workers_) worker->drain();
  await_drained();
  EXPECT_EQ(counted({"gladhand_handshake_attempts_total", "side=\"client\""}), 4 * kConnections);
  EXPECT_EQ(counted({"gladhand_handshakes_total", "side=\"client\"", "result=\"ok\""}), 4 * kConnections);
  EXPECT_EQ(counted({"gladhand_connections_open", "side=\"client\""}), 0);
  const auto recent = recents_->list({.side = timeline::Side::client, .result = Code::ok, .limit = 10'000});
  EXPECT_EQ(recent.size(), 4 * kConnections);
  for (const auto& one : recent) EXPECT_TRUE(one->summary.is_closed && one->summary.exchanges == 1 && one->first.record.status == 200);
}

TEST(MultiWorkerTickets, keys_rotate_while_others_read_them) {
  tls::TicketKeys keys;
  std::atomic<bool> is_over = false;
  std::atomic<int> incomplete = 0;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      while (!is_over) incomplete += keys.ring()->size() != tls::TicketKeys::kKept;
    });
  }
  for (int i = 0; i < 20'000; ++i) keys.rotate();
  is_over = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(incomplete, 0);
}

TEST_F(MultiWorker, configurations_change_under_load_and_nobody_is_let_down_or_forgotten) {
  std::atomic<int> answered = 0, asked = 0;
  std::atomic<bool> is_over = false;
  std::vector<std::thread> clients;
  for (int thread = 0; thread < 4; ++thread) {
    clients.emplace_back([&, thread, plain = plain(), secure = secure()] {
      TlsAsker asker;
      for (int i = 0; !is_over; ++i) {
        const std::string target = '/' + std::to_string(i);
        ++asked;
        answered += thread % 2 == 0 ? ask_plain(plain, target) : asker.ask(secure, target);
      }
    });
  }
  for (int n = 0; n < 20; ++n) {
    config::Config next = config_;
    std::swap(next.listeners[0], next.listeners[n % 2]);
    next.upstreams.front().timeouts.connect += std::chrono::milliseconds(n / 3);
    next.routes.insert(next.routes.begin(), config::Route{.match = {.host = {"n" + std::to_string(n) + ".example"}, .path = {}}, .upstream = "app"});
    if (n % 3 == 0) next.listeners.push_back({.name = "more" + std::to_string(n), .address = "127.0.0.1:0"});
    reload(std::move(next));
    EXPECT_THAT(metrics_->render(), testing::HasSubstr("n" + std::to_string(n) + ".example"));
  }
  const int before = answered;
  while (answered < before + 20) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  is_over = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, asked);
  for (const auto& worker : workers_) worker->drain();
  await_drained();
  EXPECT_EQ(counted({"gladhand_http_requests_received_total"}), asked);
  EXPECT_EQ(counted({"gladhand_http_responses_total", "2xx", "route=\"*\""}), asked);
  EXPECT_EQ(counted({"gladhand_connections_open", "side=\"client\""}), 0);
}

TEST_F(MultiWorker, a_drain_under_load_lets_no_accepted_client_down) {
  std::atomic<bool> is_over = false;
  std::atomic<int> answered = 0;
  std::atomic<int> accepted_and_let_down = 0;
  std::vector<std::thread> clients;
  for (int thread = 0; thread < 4; ++thread) {
    clients.emplace_back([&, thread] {
      TlsAsker asker;
      for (int i = 0; !is_over; ++i) {
        const std::string target = '/' + std::to_string(i);
        const bool is_answered = thread % 2 == 0 ? ask_plain(plain(), target) : asker.ask(secure(), target);
        answered += is_answered;
        // Refused, or closed before anything was sent, is how a drain looks from outside; half an answer is not.
        accepted_and_let_down += !is_answered && drained_ == 0 && !has_begun_to_drain_;
      }
    });
  }
  while (answered < 50) std::this_thread::yield();
  has_begun_to_drain_ = true;
  for (const auto& worker : workers_) worker->drain();
  await_drained();
  is_over = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(accepted_and_let_down, 0);
  EXPECT_EQ(counted({"gladhand_connections_open", "side=\"client\""}), 0);
}

// Sends what the client has to say and hands it what comes, until it has what it wants.
void converse(TlsClient& client, const Socket& socket, const std::function<bool()>& is_enough) {
  client.feed({});
  std::array<char, 4096> room;
  ssize_t n = 1;
  while (!is_enough() && n > 0) {
    socket.send(client.output());
    n = ::recv(socket.fd(), room.data(), room.size(), 0);
    if (n > 0) client.feed({room.data(), static_cast<std::size_t>(n)});
  }
  ASSERT_GT(n, 0);
}

TEST_F(MultiWorker, early_data_that_is_sent_to_every_worker_is_taken_by_one) {
  TlsOptions options{.min = TLS1_3_VERSION};
  {
    TlsClient first(options);
    const Socket socket = Socket::connected_to(secure());
    converse(first, socket, [&] { return first.session() != nullptr; });
    first.close_notify();
    options.resumes = first.session();
    options.sends_early = true;
  }
  TlsClient returning(options);
  returning.write(request("/once"));
  const std::string flight = returning.output();

  constexpr int kCopies = 24;
  std::vector<Socket> copies;
  for (int i = 0; i < kCopies; ++i) {
    copies.push_back(Socket::connected_to(secure()));
    copies.back().send(flight);
  }
  char byte;
  for (const Socket& copy : copies) ASSERT_EQ(::recv(copy.fd(), &byte, 1, 0), 1) << "every handshake goes on";
  while (origin_.heard == 0) std::this_thread::yield();
  copies.clear();
  for (const auto& worker : workers_) worker->drain();
  await_drained();
  EXPECT_EQ(origin_.heard, 1);
  EXPECT_EQ(counted({"gladhand_tls_early_data_total", "outcome=\"accepted\""}), 1);
  EXPECT_EQ(counted({"gladhand_tls_early_data_total", "outcome=\"rejected\""}), kCopies - 1);
  for (std::size_t i = 0; i < kWorkers; ++i) {
    const auto& counts = metrics_->shard(i).listener(1).connections.early_data;
    EXPECT_GT(counts[1].value() + counts[2].value(), 0u) << "worker " << i << " was not asked";
  }
}

TEST_F(MultiWorker, workers_may_be_dropped_under_load) {
  std::atomic<bool> is_over = false;
  std::atomic<int> answered = 0;
  std::vector<std::thread> clients;
  for (int thread = 0; thread < 4; ++thread) {
    clients.emplace_back([&, thread] {
      TlsAsker asker;
      while (!is_over) answered += thread % 2 == 0 ? ask_plain(plain(), "/") : asker.ask(secure(), "/");
    });
  }
  while (answered < 20) std::this_thread::yield();
  for (const auto& worker : workers_) worker->cut();
  workers_.clear();
  is_over = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(counted({"gladhand_connections_open", "side=\"client\""}), 0);
}

}  // namespace
}  // namespace gladhand::test
