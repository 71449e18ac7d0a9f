#include "server/notifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/scratch_folder.h"

namespace gladhand::server {
namespace {

using namespace std::chrono_literals;
using testing::MatchesRegex;

// What a service manager has: a datagram socket with a name.
class Manager {
 public:
  explicit Manager(std::string name) : name_(std::move(name)), fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name_.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name_.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  ~Manager() { close(fd_); }

  const std::string& name() const { return name_; }
  // The next message; "" if none has come.
  std::string message() const {
    std::string text(4096, '\0');
    const ssize_t size = recv(fd_, text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }

 private:
  std::string name_;
  int fd_;
};

class NotifierTest : public testing::TestWithParam<const char*> {
 protected:
  std::string name() const {
    if (std::string_view(GetParam()) == "abstract") return "@gladhand-test-" + std::to_string(getpid());
    return std::filesystem::path(folder_.file("beside", "")).replace_filename("notify");
  }

  test::ScratchFolder folder_;
  Manager manager_{name()};
  Notifier notifier_{manager_.name()};
};

INSTANTIATE_TEST_SUITE_P(Sockets, NotifierTest, testing::Values("path", "abstract"), [](const auto& instance) { return instance.param; });

TEST_P(NotifierTest, each_event_is_one_message) {
  notifier_.ready();
  EXPECT_EQ(manager_.message(), "READY=1");
  notifier_.status("serving 3 listeners");
  EXPECT_EQ(manager_.message(), "STATUS=serving 3 listeners");
  notifier_.alive();
  EXPECT_EQ(manager_.message(), "WATCHDOG=1");
  EXPECT_EQ(manager_.message(), "");
}

TEST_P(NotifierTest, the_end_says_how_long_it_may_take) {
  notifier_.stopping(90s + 1ms);
  EXPECT_EQ(manager_.message(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=90001000");
  notifier_.stopping(std::nullopt);
  EXPECT_EQ(manager_.message(), "STOPPING=1");
}

TEST_P(NotifierTest, a_reload_says_when_it_began) {
  const auto micros = [] {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  };
  const std::int64_t before = micros();
  notifier_.reloading();
  const std::string message = manager_.message();
  ASSERT_THAT(message, MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  const std::int64_t said = std::stoll(message.substr(message.rfind('=') + 1));
  EXPECT_LE(before, said);
  EXPECT_LE(said, micros());
}

TEST_P(NotifierTest, a_status_is_one_line) {
  notifier_.status("serving\nREADY=1");
  EXPECT_EQ(manager_.message(), "STATUS=serving");
}

TEST_P(NotifierTest, a_manager_that_reads_nothing_holds_nobody_up) {
  for (int i = 0; i < 10'000; ++i) notifier_.alive();
  EXPECT_EQ(manager_.message(), "WATCHDOG=1");
}

TEST(Notifier, without_a_manager_nothing_is_said_and_nothing_is_due) {
  Notifier notifier("", 30s);
  notifier.ready();
  EXPECT_EQ(notifier.pulse(), 0ns);
}

TEST(Notifier, a_socket_that_is_not_there_does_no_harm) {
  for (const char* name : {"/no/such/folder/notify", "@gladhand-nobody-listens", "x", "@"}) {
    Notifier notifier(name);
    notifier.ready();
  }
  Notifier notifier(std::string(500, 'x'));
  notifier.ready();
}

class NotifierEnvironment : public testing::Test {
 protected:
  void TearDown() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
  }

  Manager manager_{"@gladhand-environment-" + std::to_string(getpid())};
};

TEST_F(NotifierEnvironment, names_the_socket_and_the_watchdog) {
  setenv("NOTIFY_SOCKET", manager_.name().c_str(), 1);
  setenv("WATCHDOG_USEC", "3000000", 1);
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  Notifier notifier = Notifier::from_environment();
  EXPECT_EQ(notifier.pulse(), 1s);
  notifier.ready();
  EXPECT_EQ(manager_.message(), "READY=1");
}

TEST_F(NotifierEnvironment, a_watchdog_of_another_process_is_not_ours) {
  setenv("NOTIFY_SOCKET", manager_.name().c_str(), 1);
  setenv("WATCHDOG_USEC", "3000000", 1);
  setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(Notifier::from_environment().pulse(), 0ns);
}

TEST_F(NotifierEnvironment, a_watchdog_that_makes_no_sense_is_none) {
  setenv("NOTIFY_SOCKET", manager_.name().c_str(), 1);
  for (const char* nonsense : {"", "0", "-5", "3s", "99999999999999999999"}) {
    setenv("WATCHDOG_USEC", nonsense, 1);
    EXPECT_EQ(Notifier::from_environment().pulse(), 0ns) << nonsense;
  }
}

}  // namespace
}  // namespace gladhand::server
