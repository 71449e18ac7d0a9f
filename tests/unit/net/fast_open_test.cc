#include "net/fast_open.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "support/sockets.h"

namespace gladhand::net {
namespace {

using testing::HasSubstr;

const std::string kOne = "000102030405060708090a0b0c0d0e0f";
const std::string kTwo = "F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF";

TEST(FastOpenKeyFile, one_key_is_the_current_one_and_a_second_the_previous) {
  const auto one = parse_fast_open_keys(kOne, "keys");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->current[1], 1);
  EXPECT_EQ(one->current[15], 15);
  EXPECT_FALSE(one->previous);
  const auto both = parse_fast_open_keys("# new\n\n  " + kTwo + "\t\r\n# old\n" + kOne + "\n", "keys");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->current[0], 0xf0);
  EXPECT_EQ(both->previous, one->current);
}

TEST(FastOpenKeyFile, what_is_wrong_names_the_file_and_the_line_and_the_cure_and_never_the_key) {
  const auto problem = [](const std::string& text) {
    const auto keys = parse_fast_open_keys(text, "keys");
    EXPECT_FALSE(keys);
    return keys ? KeyProblem{} : keys.error();
  };
  EXPECT_EQ(problem("").message, "`keys` holds no key");
  EXPECT_THAT(problem("# nothing\n").hint, HasSubstr("openssl rand -hex 16"));
  for (const std::string& bad : {kOne.substr(1), kOne + "0", "x" + kOne.substr(1), kOne.substr(0, 8) + "-" + kOne.substr(8)}) {
    EXPECT_EQ(problem("\n" + bad).message, "line 2 of `keys` is not a key of 32 hexadecimal digits");
    EXPECT_EQ(problem(bad).hint.find(bad), std::string::npos);
  }
  EXPECT_EQ(problem(kOne + "\n" + kTwo + "\n" + kOne).message, "line 3 of `keys` is a third key");
  EXPECT_EQ(problem(kOne + "\n" + kOne).message, "line 2 of `keys` is the same key again");
}

TEST(FastOpenKeyFile, a_file_that_cannot_be_read_is_told_from_one_that_is_wrong) {
  const auto missing = load_fast_open_keys("no/such/file");
  ASSERT_FALSE(missing);
  EXPECT_TRUE(missing.error().is_unreadable);
  EXPECT_EQ(missing.error().message, "cannot read `no/such/file`: No such file or directory");
  const auto folder = load_fast_open_keys("/");
  ASSERT_FALSE(folder);
  EXPECT_TRUE(folder.error().is_unreadable);
  const std::string path = std::filesystem::temp_directory_path() / ("gladhand-keys-" + std::to_string(getpid()));
  std::ofstream(path) << std::string(5000, '#');
  const auto large = load_fast_open_keys(path);
  std::ofstream(path) << kOne << '\n';
  const auto good = load_fast_open_keys(path);
  std::filesystem::remove(path);
  ASSERT_FALSE(large);
  EXPECT_FALSE(large.error().is_unreadable);
  EXPECT_TRUE(good);
}

TEST(FastOpenSocket, the_kernel_takes_the_queue_and_both_keys) {
  const test::Socket listener = test::Socket::listening();
  EXPECT_TRUE(allow_fast_open(listener.fd(), 7));
  int queue = 0;
  socklen_t size = sizeof queue;
  getsockopt(listener.fd(), IPPROTO_TCP, 23 /* TCP_FASTOPEN */, &queue, &size);
  EXPECT_EQ(queue, 7);
  const auto keys = parse_fast_open_keys(kOne + "\n" + kTwo, "keys");
  ASSERT_TRUE(use_keys(listener.fd(), *keys));
  unsigned char held[64] = {};
  size = sizeof held;
  getsockopt(listener.fd(), IPPROTO_TCP, 33 /* TCP_FASTOPEN_KEY */, held, &size);
  ASSERT_EQ(size, 32u);
  EXPECT_TRUE(std::equal(keys->current.begin(), keys->current.end(), held));
  EXPECT_TRUE(std::equal(keys->previous->begin(), keys->previous->end(), held + 16));
  EXPECT_FALSE(allow_fast_open(-1, 1));
}

}  // namespace
}  // namespace gladhand::net
