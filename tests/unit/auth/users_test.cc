#include "auth/users.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

#include "unit/auth/hashes.h"

namespace gladhand::auth {
namespace {

using namespace std::string_literals;
using namespace test;
using testing::HasSubstr;

std::string with_cost(const char* cost) {
  std::string hash(kBcrypt4);
  return hash.replace(4, 2, cost);
}

std::string line(const std::string& name, std::string_view hash) { return name + ":" + std::string(hash) + "\n"; }

Users users_of(const std::string& text) {
  auto users = Users::parse(text);
  EXPECT_TRUE(users) << (users ? "" : users.error().message);
  return users ? *std::move(users) : Users::parse(line("nobody", kSha1)).value();
}

TEST(Users, each_accepted_kind_of_hash_fits_its_password_and_no_other) {
  std::string text;
  for (const auto& [name, hash] : of_each_kind()) text += line(name, hash);
  const Users users = users_of(text);
  EXPECT_EQ(users.size(), of_each_kind().size());
  for (const auto& [name, hash] : of_each_kind()) {
    EXPECT_TRUE(users.verify(name, kPassword)) << name;
    for (const std::string_view wrong : {"open sesamE", "open sesame ", "open sesam", "", "open sesame:", hash.c_str()}) {
      EXPECT_FALSE(users.verify(name, wrong)) << name << " with " << wrong;
    }
    EXPECT_FALSE(users.verify(name, "open sesame\0"s)) << name;
    EXPECT_FALSE(users.verify(name, "open sesame\0x"s)) << name;
  }
}

TEST(Users, a_name_is_known_to_the_letter) {
  const Users users = users_of(line("ann", kSha1) + line("J\xc3\xbcrgen B", kSha1));
  EXPECT_TRUE(users.verify("ann", kPassword));
  EXPECT_TRUE(users.verify("J\xc3\xbcrgen B", kPassword));
  for (const std::string_view unknown : {"Ann", "an", "annn", "", " ann", "#ann", "J\xfcrgen B"}) EXPECT_FALSE(users.verify(unknown, kPassword)) << unknown;
}

TEST(Users, comments_blank_lines_and_white_space_at_the_ends_are_passed_over) {
  const Users users = users_of("# staff\r\n\r\n  " + line("ann", std::string(kSha1) + " \r") + "\t\n   # guests:none\n\n" + "bob:" + std::string(kApr1));
  EXPECT_EQ(users.size(), 2u);
  EXPECT_TRUE(users.verify("ann", kPassword));
  EXPECT_TRUE(users.verify("bob", kPassword));
}

TEST(Users, a_bad_line_is_named_with_what_is_wrong_and_its_cure) {
  const std::string cut_short(kBcrypt4.substr(0, 59));
  const struct {
    std::string line, message, hint;
  } faults[] = {
      {"bob", "is not `name:hash`", "htpasswd -B"},
      {":" + std::string(kSha1), "no name", "htpasswd -B"},
      {"b\x01o:" + std::string(kSha1), "control character", "no client"},
      {"bob:", "is empty", "htpasswd -B"},
      {"bob:open sesame", "plain text or a DES hash", "htpasswd -B"},
      {"bob:" + std::string(kDes), "plain text or a DES hash", "htpasswd -B"},
      {"bob:$1$abcdefgh$0yVzif9MRPeKrQuZs7S3G1", "kind that is not accepted", "htpasswd -B"},
      {"bob:$y$j9T$abc$def", "kind that is not accepted", "htpasswd -B"},
      {"bob:$2x" + std::string(kBcrypt4.substr(3)), "kind that is not accepted", "htpasswd -B"},
      {"bob:{SSHA}W8r/fyL/UzygmbNAjq2HbA67qac=", "kind that is not accepted", "htpasswd -B"},
      {"bob:" + cut_short, "not a whole bcrypt hash", "htpasswd -B"},
      {"bob:" + std::string(kBcrypt4) + "x", "not a whole bcrypt hash", "htpasswd -B"},
      {"bob:" + cut_short + "!", "not a whole bcrypt hash", "htpasswd -B"},
      {"bob:" + with_cost("03"), "not a whole bcrypt hash", "htpasswd -B"},
      {"bob:" + with_cost("x4"), "not a whole bcrypt hash", "htpasswd -B"},
      {"bob:" + with_cost("32"), "not a whole bcrypt hash", "htpasswd -B"},
      {"bob:" + with_cost("15"), "cost 15", "-C 12"},
      {"bob:" + with_cost("31"), "cost 31", "-C 12"},
      {"bob:$apr1$YgQhTqWC", "not a whole $apr1$ hash", "htpasswd -B"},
      {"bob:$apr1$YgQhTqWCC$0yVzif9MRPeKrQuZs7S3G1", "not a whole $apr1$ hash", "htpasswd -B"},
      {"bob:$apr1$YgQhTqWC$0yVzif9MRPeKrQuZs7S3G1x", "not a whole $apr1$ hash", "htpasswd -B"},
      {"bob:{SHA}W8r/fyL/UzygmbNAjq2HbA67qac", "not a whole {SHA} hash", "htpasswd -B"},
      {"bob:{SHA}W8r/fyL/UzygmbNAjq2HbA67.ac=", "not a whole {SHA} hash", "htpasswd -B"},
      {"bob:" + std::string(kSha256) + "x", "not a whole $5$ or $6$ hash", "htpasswd -B"},
      {"bob:$6" + std::string(kSha256.substr(2)), "not a whole $5$ or $6$ hash", "htpasswd -B"},
      {"bob:$5$rounds=$abcd$nedwJWkBVKspNThVdiuSVmEOFmBUlT14CxFfq/WWtV3", "number of rounds", "htpasswd -B"},
      {"bob:$5$rounds=999$abcd$nedwJWkBVKspNThVdiuSVmEOFmBUlT14CxFfq/WWtV3", "number of rounds", "htpasswd -B"},
      {"bob:$5$rounds=05000$abcd$nedwJWkBVKspNThVdiuSVmEOFmBUlT14CxFfq/WWtV3", "number of rounds", "htpasswd -B"},
      {"bob:$5$rounds=99999999999$abcd$nedwJWkBVKspNThVdiuSVmEOFmBUlT14CxFfq/WWtV3", "number of rounds", "htpasswd -B"},
      {"bob:$5$rounds=1000001$abcd$nedwJWkBVKspNThVdiuSVmEOFmBUlT14CxFfq/WWtV3", "1000001 rounds", "are the most"},
      {"bob:" + std::string(kSha1) + ":comment", "not a whole {SHA} hash", "htpasswd -B"},
      {"bob:"s + '\0' + std::string(kSha1), "plain text", "htpasswd -B"},
      {"ann:" + std::string(kApr1), "names `ann` a second time", "keep one"},
  };
  for (const auto& fault : faults) {
    const auto users = Users::parse("# staff\n" + line("ann", kSha1) + fault.line + "\n" + line("eve", kSha1));
    ASSERT_FALSE(users) << fault.line;
    EXPECT_EQ(users.error().line, 3u) << fault.line;
    EXPECT_THAT(users.error().message, HasSubstr(fault.message)) << fault.line;
    EXPECT_THAT(users.error().hint, HasSubstr(fault.hint)) << fault.line;
    EXPECT_THAT(users.error().message, Not(HasSubstr("sesame"))) << "tells a password";
  }
}

TEST(Users, the_highest_cost_and_the_most_rounds_are_accepted) {
  EXPECT_TRUE(Users::parse(line("bob", with_cost("14"))));
  EXPECT_TRUE(Users::parse(line("bob", "$5$rounds=1000000$abcd$nedwJWkBVKspNThVdiuSVmEOFmBUlT14CxFfq/WWtV3")));
}

TEST(Users, a_file_without_users_is_a_fault_of_the_whole) {
  for (const std::string_view text : {"", "\n", "# nobody yet\r\n"}) {
    const auto users = Users::parse(text);
    ASSERT_FALSE(users);
    EXPECT_EQ(users.error().line, 0u);
    EXPECT_THAT(users.error().message, HasSubstr("no user"));
  }
}

TEST(Users, several_threads_may_verify_at_once) {
  std::string text;
  for (const auto& [name, hash] : of_each_kind()) text += line(name, hash);
  const Users users = users_of(text);
  std::vector<std::jthread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&users, &wrong] {
      for (int round = 0; round < 10; ++round) {
        for (const auto& [name, hash] : of_each_kind()) wrong += !users.verify(name, kPassword) + users.verify(name, "other");
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(Users, an_unknown_name_takes_as_much_work_as_a_known_one) {
  const Users users = users_of(line("ann", "$2y$10$YHlWdMdMbUPESGd0ZaO0Z.z9G6FgvvSGI8m98IsC03Q0pXtI3osou"));
  // Of this thread's own: others may have the machine in between.
  const auto work = [&](std::string_view name) {
    const auto spent = [] {
      timespec t;
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
      return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
    };
    const auto begun = spent();
    EXPECT_FALSE(users.verify(name, kPassword));
    return spent() - begun;
  };
  EXPECT_GT(work("eve") * 5, work("ann"));
  EXPECT_GT(work("") * 5, work("ann"));
}

class LoadUsers : public testing::Test {
 protected:
  ~LoadUsers() override { std::filesystem::remove(path); }
  void write(const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

  const std::string path = std::filesystem::temp_directory_path() / ("users." + std::to_string(getpid()));
};

TEST_F(LoadUsers, a_good_file_is_read) {
  write(line("ann", kBcrypt4));
  const auto users = load_users(path);
  ASSERT_TRUE(users);
  EXPECT_TRUE(users->verify("ann", kPassword));
}

TEST_F(LoadUsers, a_fault_names_the_file_and_the_line) {
  write(line("ann", kBcrypt4) + "bob:secret\n");
  auto users = load_users(path);
  ASSERT_FALSE(users);
  EXPECT_FALSE(users.error().is_unreadable);
  EXPECT_THAT(users.error().message, HasSubstr("line 2 of `" + path + "`: the password of `bob`"));
  EXPECT_THAT(users.error().hint, HasSubstr("htpasswd -B"));

  write("");
  users = load_users(path);
  ASSERT_FALSE(users);
  EXPECT_FALSE(users.error().is_unreadable);
  EXPECT_EQ(users.error().message, "`" + path + "`: names no user");
}

TEST_F(LoadUsers, what_cannot_be_read_is_said_to_be_unreadable) {
  for (const std::string& bad : {path + ".missing", std::filesystem::temp_directory_path().string()}) {
    const auto users = load_users(bad);
    ASSERT_FALSE(users) << bad;
    EXPECT_TRUE(users.error().is_unreadable) << bad;
    EXPECT_THAT(users.error().message, HasSubstr("cannot read `" + bad + "`"));
  }
}

}  // namespace
}  // namespace gladhand::auth
