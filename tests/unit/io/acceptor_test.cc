#include "io/acceptor.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/loop_rig.h"
#include "support/sockets.h"

namespace gladhand::io {
namespace {

using test::LoopRig;
using test::Socket;

class AcceptorTest : public testing::Test, public AcceptorEvents {
 protected:
  void on_accepted(int fd, const Address& peer) override {
    accepted.emplace_back(fd);
    peers.push_back(peer.to_string());
    then();
  }
  void on_exhausted() override { ++exhausted; }

  std::unique_ptr<Acceptor> listen(std::string_view host = "127.0.0.1", std::uint16_t port = 0) {
    const auto fd = open_listening_socket(Address::numeric(host, port).value(), 200);
    EXPECT_TRUE(fd) << fd.error();
    return std::make_unique<Acceptor>(rig.loop, *this, *fd);
  }

  LoopRig rig;
  std::vector<Socket> accepted;
  std::vector<std::string> peers;
  int exhausted = 0;
  std::function<void()> then = [] {};
};

TEST_F(AcceptorTest, a_connection_is_handed_over_non_blocking_and_without_delay) {
  const auto acceptor = listen();
  EXPECT_GT(acceptor->address().port(), 0);
  const Socket client = Socket::connected_to(acceptor->address());
  ASSERT_TRUE(client);
  ASSERT_TRUE(rig.run_until([&] { return accepted.size() == 1; }));
  EXPECT_EQ(peers[0], client.address().to_string());
  const int fd = accepted[0].fd();
  EXPECT_TRUE(fcntl(fd, F_GETFL) & O_NONBLOCK);
  EXPECT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  getsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &no_delay, &size);
  EXPECT_EQ(no_delay, 1);
}

TEST_F(AcceptorTest, many_that_wait_are_taken_in_few_turns) {
  const auto acceptor = listen();
  std::vector<Socket> clients;
  for (int i = 0; i < 150; ++i) clients.push_back(Socket::connected_to(acceptor->address()));
  int turns = 0;
  ASSERT_TRUE(rig.run_until([&] { return ++turns, accepted.size() == 150; }));
  EXPECT_LE(turns, 10);
  const std::set<std::string> different(peers.begin(), peers.end());
  EXPECT_EQ(different.size(), 150u);
}

TEST_F(AcceptorTest, one_that_gave_up_while_it_waited_does_no_harm) {
  const auto acceptor = listen();
  Socket::connected_to(acceptor->address()).reset();
  const Socket client = Socket::connected_to(acceptor->address());
  ASSERT_TRUE(rig.run_until([&] { return !peers.empty() && peers.back() == client.address().to_string(); }));
}

TEST_F(AcceptorTest, two_share_a_port) {
  const auto one = listen();
  const auto two = listen("127.0.0.1", one->address().port());
  EXPECT_EQ(one->address(), two->address());
  std::vector<Socket> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(Socket::connected_to(one->address()));
  EXPECT_TRUE(rig.run_until([&] { return accepted.size() == 20; }));
}

TEST_F(AcceptorTest, an_empty_host_listens_to_both_families) {
  std::unique_ptr<Acceptor> acceptor;
  const auto fd = open_listening_socket(Address::numeric("", 0).value(), 10);
  if (!fd) GTEST_SKIP() << "no IPv6 on this machine";
  acceptor = std::make_unique<Acceptor>(rig.loop, *this, *fd);
  const Socket client = Socket::connected_to(Address::numeric("127.0.0.1", acceptor->address().port()).value());
  ASSERT_TRUE(client);
  ASSERT_TRUE(rig.run_until([&] { return accepted.size() == 1; }));
  EXPECT_TRUE(peers[0].starts_with("127.0.0.1:")) << peers[0];
}

TEST_F(AcceptorTest, a_port_that_somebody_else_has_is_an_error) {
  const Socket other = Socket::listening();
  const auto fd = open_listening_socket(other.address(), 10);
  ASSERT_FALSE(fd);
  EXPECT_EQ(fd.error(), EADDRINUSE);
}

TEST_F(AcceptorTest, a_dropped_one_listens_no_more) {
  auto acceptor = listen();
  const Address address = acceptor->address();
  acceptor.reset();
  EXPECT_FALSE(Socket::connected_to(address));
  rig.run_a_while();
  EXPECT_TRUE(accepted.empty());
}

TEST_F(AcceptorTest, it_may_be_retired_by_whom_it_tells) {
  auto acceptor = listen();
  const Socket client = Socket::connected_to(acceptor->address());
  then = [&] {
    if (acceptor) rig.loop.retire(std::move(acceptor));
  };
  ASSERT_TRUE(rig.run_until([&] { return accepted.size() == 1; }));
  rig.run_a_while();
}

// File descriptors belong to the process, so these stories are told in one of their own. 0: all went well.
struct Exhaustion final : AcceptorEvents {
  void on_accepted(int fd, const Address&) override { accepted.emplace_back(fd); }
  void on_exhausted() override { ++exhausted; }
  // Room for `more` descriptors beside those that are open.
  bool limit_to(int more) {
    const int next = dup(0);
    close(next);
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = static_cast<rlim_t>(next + more);
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
  }

  LoopRig rig;
  std::vector<Socket> accepted;
  int exhausted = 0;
};

int pause_without_descriptors() {
  Exhaustion story;
  LoopRig& rig = story.rig;
  const auto fd = open_listening_socket(Address::numeric("127.0.0.1", 0).value(), 50);
  if (!fd) return 1;
  Acceptor acceptor(rig.loop, story, *fd);
  std::vector<Socket> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(Socket::connected_to(acceptor.address()));
  if (!story.limit_to(3)) return 2;
  if (!rig.run_until([&] { return story.exhausted > 0; })) return 3;
  if (story.accepted.size() != 3) return 4;
  // While accepting pauses, the loop rests: a few turns in half a second, not thousands.
  int turns = 0;
  for (const Nanos begun = rig.clock.now(); rig.clock.now() - begun < std::chrono::milliseconds(500); ++turns) rig.loop.run_once(true);
  if (turns > 100) return 5;
  if (story.exhausted < 3 || story.exhausted > 15) return 6;
  // Those that were accepted are closed one after the other, and the others take their place.
  std::size_t served = 0;
  while (served < 10) {
    if (!rig.run_until([&] { return !story.accepted.empty(); })) return 7;
    served += story.accepted.size();
    story.accepted.clear();
  }
  return served == 10 ? 0 : 8;
}

int keep_a_reserve() {
  Exhaustion story;
  const auto fd = open_listening_socket(Address::numeric("127.0.0.1", 0).value(), 50);
  if (!fd) return 1;
  if (!story.limit_to(20)) return 2;
  const Acceptor acceptor(story.rig.loop, story, *fd);
  const Address address = acceptor.address();
  // The clients are a process of their own: their descriptors do not count here.
  const pid_t clients = fork();
  if (clients == 0) {
    const rlimit enough{100, 100};
    setrlimit(RLIMIT_NOFILE, &enough);
    std::vector<Socket> all;
    for (int i = 0; i < 40; ++i) all.push_back(Socket::connected_to(address));
    pause();
    _exit(0);
  }
  int failed = 0;
  if (!story.rig.run_until([&] { return story.exhausted > 0; })) failed = 3;
  // Some are left for whoever needs one, and one after the other closes makes room for the next.
  for (int i = 0; i < 3 && !failed; ++i) {
    const int spare = dup(0);
    if (spare < 0) failed = 4;
    close(spare);
  }
  const std::size_t most = story.accepted.size();
  if (most < 5 || most > 17) failed = 5;
  for (std::size_t served = 0; served + most < 40 && !failed;) {
    served += story.accepted.size();
    story.accepted.clear();
    if (!story.rig.run_until([&] { return !story.accepted.empty(); })) failed = 6;
    if (story.accepted.size() > most) failed = 7;
  }
  kill(clients, SIGKILL);
  waitpid(clients, nullptr, 0);
  return failed;
}

void tell_in_a_process_of_its_own(int (*story)()) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(story());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 0) << "the step that failed";
}

TEST_F(AcceptorTest, without_file_descriptors_it_pauses_and_goes_on_when_there_are_some) { tell_in_a_process_of_its_own(pause_without_descriptors); }

TEST_F(AcceptorTest, clients_do_not_get_the_last_file_descriptors) { tell_in_a_process_of_its_own(keep_a_reserve); }

}  // namespace
}  // namespace gladhand::io
