#include "server/passed_sockets.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "io/acceptor.h"

namespace gladhand::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

io::Address address_of(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
  return io::Address(reinterpret_cast<sockaddr*>(&bound), size);
}

// A process that was started with these sockets: a child of the test's, which has nothing else from 3 on.
struct Start {
  std::vector<std::string> names;  // of sockets, each on a port of its own
  std::string count = std::to_string(names.size());
  bool is_for_us = true;

  PassedSockets begin() const {
    closefrom(3);
    std::string joined;
    for (const std::string& name : names) {
      const auto fd = io::open_listening_socket(*io::Address::numeric("127.0.0.1", 0), 1);
      if (!fd || fcntl(*fd, F_SETFD, 0) != 0) std::abort();
      joined += (joined.empty() ? "" : ":") + name;
    }
    setenv("LISTEN_PID", std::to_string(getpid() + (is_for_us ? 0 : 1)).c_str(), 1);
    setenv("LISTEN_FDS", count.c_str(), 1);
    setenv("LISTEN_FDNAMES", joined.c_str(), 1);
    return PassedSockets::from_environment();
  }
};

// In such a process; what it finds wrong stands on standard error.
void in_a_child(const std::function<void()>& act) {
  const auto run = [&act] {
    act();
    std::_Exit(testing::Test::HasFailure() ? 1 : 0);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "");
}

using Fds = std::vector<int>;

TEST(PassedSockets, what_was_passed_is_read_once_and_not_handed_down) {
  in_a_child([] {
    auto passed = Start{{"a", "b"}}.begin();
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) EXPECT_EQ(std::getenv(name), nullptr) << name;
    for (const int fd : {3, 4}) EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_THAT(passed.deal({{"b", "", {}}, {"c", "", {}}, {"a", "", {}}}), ElementsAre(Fds{4}, Fds{}, Fds{3}));
    EXPECT_THAT(passed.problems(), IsEmpty());
    EXPECT_EQ(passed.workers(), 0u);
  });
}

TEST(PassedSockets, what_is_for_another_process_is_left_alone) {
  in_a_child([] {
    auto passed = Start{.names = {"a"}, .is_for_us = false}.begin();
    EXPECT_THAT(passed.deal({{"a", "", {}}}), ElementsAre(Fds{}));
    EXPECT_THAT(passed.problems(), IsEmpty());
    EXPECT_EQ(fcntl(3, F_GETFD), 0);
    EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
  });
}

TEST(PassedSockets, a_number_that_is_none_is_said) {
  for (const char* count : {"", "-1", "two", "3x", "99999999999", "70000"}) {
    in_a_child([count] { EXPECT_THAT((Start{.names = {"a"}, .count = count}.begin().problems()), ElementsAre(HasSubstr("LISTEN_FDS="))); });
  }
}

TEST(PassedSockets, more_than_there_are_is_said_of_each) {
  in_a_child([] {
    auto passed = Start{.names = {"a"}, .count = "3"}.begin();
    EXPECT_EQ(passed.deal({{"a", "", {}}}).front(), Fds{3});
    EXPECT_THAT(passed.problems(), ElementsAre(HasSubstr("descriptor 4"), HasSubstr("descriptor 5")));
  });
}

TEST(PassedSockets, the_name_counts_before_the_address_and_both_before_either) {
  in_a_child([] {
    auto passed = Start{{"web", "web", "other"}}.begin();
    const io::Address second = address_of(4);
    const io::Address third = address_of(5);
    EXPECT_THAT(passed.deal({{"web", "", second}, {"none", "", third}}), ElementsAre(Fds{4}, Fds{5}));
    EXPECT_THAT(passed.problems(), ElementsAre(HasSubstr("`web` on " + address_of(3).to_string())));
  });
}

TEST(PassedSockets, those_of_a_process_that_hands_over_go_by_what_the_configuration_says) {
  in_a_child([] {
    setenv("GLADHAND_READY_FD", "0", 1);
    auto passed = Start{.names = {"web@;80", "old@;81", "web@;82", "@;9900"}, .is_for_us = false}.begin();
    EXPECT_EQ(std::getenv("GLADHAND_READY_FD"), nullptr);
    EXPECT_EQ(passed.workers(), 1u);
    EXPECT_THAT(passed.deal({{"web", ":82", {}}, {"renamed", ":80", {}}, {"old", ":1", {}}, {"admin", ":9900", {}}}), ElementsAre(Fds{5}, Fds{3}, Fds{}, Fds{6}));
    EXPECT_THAT(passed.problems(), IsEmpty()) << "another configuration may have fewer";
    passed.close_unwanted();
    EXPECT_EQ(fcntl(4, F_GETFD), -1);
    EXPECT_EQ(passed.take_ready_fd(), 0);
    EXPECT_EQ(passed.take_ready_fd(), -1);
  });
}

TEST(PassedSockets, workers_share_what_there_is_by_descriptors_of_their_own) {
  in_a_child([] {
    (void)Start{{"a", "a"}}.begin();
    const auto shared = share_out({3, 4}, 5);
    ASSERT_TRUE(shared);
    EXPECT_THAT(*shared, ElementsAre(3, 4, 5, 6, 7));
    EXPECT_EQ(address_of(5), address_of(3));
    EXPECT_EQ(address_of(6), address_of(4));
    for (const int fd : *shared) EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_THAT(distinct_sockets(*shared), ElementsAre(3, 4));
  });
}

TEST(PassedSockets, a_name_that_is_handed_on_holds_no_colon) { EXPECT_EQ(handed_name(":8443", "[::1]:8443"), ";8443@[;;1];8443"); }

}  // namespace
}  // namespace gladhand::server
