#include "cli/demo.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "cli/demo_origin.h"
#include "cli/dial.h"
#include "cli/launch.h"
#include "config/validate.h"
#include "io/acceptor.h"
#include "io/mailbox.h"
#include "tls/certificate.h"
#include "tls/fetch.h"

namespace gladhand::cli {
namespace {

using server::Exit;

constexpr int kDays = 7;
constexpr int kPortsTried = 50;
constexpr config::Millis kDrain{1'000};  // some of its answers never end

// The user's state folder (XDG base directory specification), or a temporary one for users without a home.
std::filesystem::path state_folder() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state) return std::filesystem::path(state) / "gladhand";
  if (const char* home = std::getenv("HOME"); home && *home) return std::filesystem::path(home) / ".local/state/gladhand";
  return std::filesystem::temp_directory_path() / fmt::format("gladhand-{}", getuid());
}

bool write_file(const std::filesystem::path& path, const std::string& text, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) return false;
  fchmod(fd, mode);
  const bool is_written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return close(fd) == 0 && is_written;
}

// The first free port from `wanted` on, on loopback.
std::uint16_t free_port(std::uint16_t wanted) {
  for (int i = 0; i < kPortsTried; ++i) {
    const auto port = static_cast<std::uint16_t>(wanted + i);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const auto address = io::Address::numeric("127.0.0.1", port);
    const bool is_free = bind(fd, address->raw(), address->size()) == 0 && listen(fd, 1) == 0;
    close(fd);
    if (!is_free) continue;
    if (port != wanted) std::printf("port %u is taken; using %u\n", wanted, port);
    return port;
  }
  return 0;  // the kernel's choice
}

// The origin, on a thread of its own.
class Origin {
 public:
  Origin() : fd_(io::open_listening_socket(*io::Address::numeric("127.0.0.1", 0), 128).value_or(-1)), mailbox_(loop_), service_(loop_, fd_, demo_origin()) {
    port_ = service_.address().port();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Origin() {
    mailbox_.post([this] { loop_.stop(); });
    thread_.join();
  }
  std::uint16_t port() const { return port_; }

 private:
  const Clock clock_;
  int fd_;
  io::Loop loop_{clock_};
  io::Mailbox mailbox_;
  server::Service service_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// Where visitors go: host:port of each listener.
struct Doors {
  std::string https;
  std::string http;
  std::string forward;
};

// A few requests a second, over fresh and over resumed sessions, and some through the forward proxy.
class Visitors {
 public:
  Visitors(std::string authority_pem, Doors doors)
      : thread_([this, authority_pem = std::move(authority_pem), doors = std::move(doors)] { run(authority_pem, doors); }) {}
  ~Visitors() {
    is_over_ = true;
    thread_.join();
  }

 private:
  void run(const std::string& authority_pem, const Doors& doors) {
    constexpr const char* kPages[] = {"/", "/headers", "/bytes/20000", "/slow?ms=30", "/status/404", "/sse?n=3&ms=50", "/echo"};
    tls::Fetcher fetcher(authority_pem);
    for (unsigned visit = 0; !is_over_; ++visit) {
      const std::string request =
          fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: gladhand-demo\r\nConnection: close\r\n\r\n", kPages[visit % std::size(kPages)]);
      if (visit % 4 == 3) {
        ask(doors.http, request);
      } else if (const int fd = visit % 8 == 6 ? dial_through(doors.forward, doors.https) : dial(doors.https); fd >= 0) {
        static_cast<void>(fetcher.exchange(fd, "localhost", request, visit % 2 == 1));
        close(fd);
      }
      for (int i = 0; i < 4 && !is_over_; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

config::Listener listener(std::string name, std::uint16_t port, bool has_tls) {
  config::Listener listener;
  listener.name = std::move(name);
  listener.address = fmt::format("127.0.0.1:{}", port);
  listener.has_tls = listener.tls.self_signed = has_tls;
  return listener;
}

// Reaches what the Internet routes, and of the rest this machine alone, by whatever name.
config::Listener forward_listener(std::uint16_t port) {
  config::Listener forward = listener("forward", port, false);
  forward.mode = config::Mode::forward;
  forward.has_forward = true;
  forward.forward.allow = {"*", "127.0.0.1:*"};
  return forward;
}

}  // namespace

Exit run_demo(const DemoOptions& options) {
  const tls::CertificatePair authority = tls::make_authority("Gladhand demo CA", kDays);
  tls::CertificatePair leaf = tls::make_leaf(authority, {"localhost", "127.0.0.1", "::1"}, kDays);
  const std::filesystem::path folder = state_folder();
  const std::filesystem::path authority_path = folder / "demo-ca.pem";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || !write_file(authority_path, authority.chain_pem, 0644)) {
    std::fprintf(stderr, "cannot write %s\n", authority_path.c_str());
    return Exit::could_not_start;
  }

  const Origin origin;
  config::Config config;
  config.log.level = config::LogLevel::warning;
  config.log.access.format = config::AccessFormat::off;
  config.listeners = {listener("https", free_port(8443), true), listener("http", free_port(8080), false), forward_listener(free_port(3128))};
  config.server.drain_timeout = kDrain;
  config.server.admin = fmt::format("127.0.0.1:{}", free_port(9900));
  config::Route route;
  route.upstream = fmt::format("http://127.0.0.1:{}", origin.port());
  config.routes.push_back(route);
  if (const auto wrong = config::validate(config); !wrong.empty()) {
    print(wrong);
    return Exit::could_not_start;
  }
  server::StartOptions start;
  start.own_certificate = {std::move(leaf)};
  std::optional<Visitors> visitors;
  return launch(std::move(config), {}, start, [&](const server::Prepared& prepared) {
    const std::uint16_t https = prepared.addresses[0].port();
    const std::uint16_t http = prepared.addresses[1].port();
    const std::uint16_t forward = prepared.addresses[2].port();
    const std::uint16_t admin = prepared.addresses[3].port();
    const char* ca = authority_path.c_str();
    std::printf(
        "\nGladhand is running.\n\n"
        "  reverse proxy   https://localhost:%u/   HTTP/2 and HTTP/1.1\n"
        "                  http://localhost:%u/\n"
        "  WebSocket       wss://localhost:%u/ws\n"
        "  forward proxy   http://127.0.0.1:%u\n"
        "  live page       http://127.0.0.1:%u/   every handshake as it happens, for a browser\n"
        "  measurements    http://127.0.0.1:%u/metrics\n"
        "  handshakes      http://127.0.0.1:%u/api/v1/handshakes   the latest ones; /ID.svg draws one\n\n"
        "Try:\n"
        "  curl --cacert %s https://localhost:%u/headers\n"
        "  curl --cacert %s --http2 -i https://localhost:%u/\n"
        "  curl --cacert %s -N https://localhost:%u/sse\n"
        "  curl --cacert %s -x http://127.0.0.1:%u https://localhost:%u/headers\n"
        "  gladhand probe --cacert %s https://localhost:%u/\n"
        "  curl -s http://127.0.0.1:%u/metrics | grep handshake_seconds_count\n\n"
        "Ctrl-C stops it.\n",
        https, http, https, forward, admin, admin, admin, ca, https, ca, https, ca, https, ca, forward, https, ca, https, admin);
    std::fflush(stdout);
    const auto at = [](std::uint16_t port) { return fmt::format("127.0.0.1:{}", port); };
    if (options.has_traffic) visitors.emplace(authority.chain_pem, Doors{at(https), at(http), at(forward)});
  });
}

}  // namespace gladhand::cli
