#include "tls/ticket_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/scratch_folder.h"

namespace gladhand::tls {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A key whose bytes tell where they are: 16 of the name, 32 of the MAC's key, 32 of the cipher's.
std::string block(char name) { return std::string(16, name) + std::string(32, 'm') + std::string(32, 'c'); }

std::string message_of(std::string_view bytes) {
  const auto parsed = parse_ticket_keys(bytes, "tickets.key");
  return parsed ? "good" : parsed.error().message;
}

TEST(TicketFile, a_block_is_a_name_a_mac_key_and_a_cipher_key) {
  const auto ring = parse_ticket_keys(block('a') + block('b'), "tickets.key");
  ASSERT_TRUE(ring);
  ASSERT_EQ(ring->size(), 2u);
  EXPECT_THAT((*ring)[0].name, testing::Each('a'));
  EXPECT_THAT((*ring)[1].name, testing::Each('b'));
  EXPECT_THAT((*ring)[0].mac_key, testing::Each('m'));
  EXPECT_THAT((*ring)[0].cipher_key, testing::Each('c'));
  EXPECT_EQ(ticket_file_bytes(*ring), block('a') + block('b'));
}

TEST(TicketFile, what_holds_no_whole_keys_is_refused_by_name_and_size) {
  EXPECT_THAT(message_of(""), HasSubstr("`tickets.key` holds no ticket key"));
  EXPECT_THAT(message_of(block('a') + "\n"), HasSubstr("it has 81 bytes"));
  EXPECT_THAT(message_of(block('a').substr(1)), HasSubstr("it has 79 bytes"));
  std::string nine;
  for (char name = '1'; name <= '9'; ++name) nine += block(name);
  EXPECT_THAT(message_of(nine), HasSubstr("larger than 8 ticket keys"));
  EXPECT_EQ(message_of(nine.substr(kTicketKeyBytes)), "good");
}

TEST(TicketFile, keys_of_48_bytes_are_called_by_their_name) {
  EXPECT_THAT(message_of(std::string(48, 'x')), HasSubstr("AES-128"));
  EXPECT_THAT(parse_ticket_keys(std::string(96, 'x'), "f").error().hint, HasSubstr("gladhand tickets new"));
}

TEST(TicketFile, two_keys_of_one_name_are_refused) { EXPECT_THAT(message_of(block('a') + block('b') + block('a')), HasSubstr("keys 1 and 3")); }

TEST(TicketFile, a_message_holds_no_key) {
  EXPECT_THAT(message_of(block('K') + block('K')), testing::Not(HasSubstr("KK")));
}

TEST(TicketFile, a_file_that_cannot_be_read_is_told_from_a_bad_one) {
  const test::ScratchFolder folder;
  EXPECT_TRUE(load_ticket_keys("/no/such/file").error().is_unreadable);
  EXPECT_FALSE(load_ticket_keys(folder.file("bad", "x")).error().is_unreadable);
}

TEST(TicketFile, a_new_file_is_its_owners_alone_and_replaces_none) {
  const test::ScratchFolder folder;
  const std::string path = folder.file("old", "") + ".key";
  const TicketKeys::Ring ring = new_ticket_keys();
  ASSERT_TRUE(create_ticket_file(path, ring));
  EXPECT_EQ(*load_ticket_keys(path), ring);
  struct stat status {};
  stat(path.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_THAT(create_ticket_file(path, new_ticket_keys()).error(), HasSubstr("File exists"));
  EXPECT_EQ(*load_ticket_keys(path), ring);
}

TEST(TicketFile, a_file_that_is_replaced_keeps_its_mode) {
  const test::ScratchFolder folder;
  const std::string path = folder.file("tickets.key", block('a'));
  std::filesystem::permissions(path, std::filesystem::perms(0640));
  ASSERT_TRUE(replace_ticket_file(path, *parse_ticket_keys(block('b'), "")));
  EXPECT_THAT(load_ticket_keys(path)->front().name, testing::Each('b'));
  struct stat status {};
  stat(path.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  EXPECT_FALSE(std::filesystem::exists(path + ".next"));
  EXPECT_FALSE(replace_ticket_file(path + "-missing", new_ticket_keys()));
}

TEST(TicketFile, a_file_that_is_replaced_keeps_its_owner) {
  if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  const test::ScratchFolder folder;
  const std::string path = folder.file("tickets.key", block('a'));
  constexpr uid_t kNobody = 65534;
  ASSERT_EQ(chown(path.c_str(), kNobody, kNobody), 0);
  ASSERT_TRUE(replace_ticket_file(path, new_ticket_keys()));
  struct stat status {};
  stat(path.c_str(), &status);
  EXPECT_EQ(status.st_uid, kNobody);
  EXPECT_EQ(status.st_gid, kNobody);
}

TEST(TicketFile, what_cannot_be_replaced_leaves_no_key_behind) {
  const test::ScratchFolder folder;
  const std::string path = folder.file("tickets.key", "");
  std::filesystem::remove(path);
  std::filesystem::create_directories(path + "/in the way");
  EXPECT_THAT(replace_ticket_file(path, new_ticket_keys()).error(), HasSubstr("cannot replace"));
  EXPECT_FALSE(std::filesystem::exists(path + ".next"));
}

TEST(TicketFile, a_rotation_uses_a_key_that_everybody_knows_already) {
  const TicketKeys::Ring first = new_ticket_keys();
  ASSERT_EQ(first.size(), 2u);
  const TicketKeys::Ring second = rotated_ticket_keys(first);
  EXPECT_EQ(second[0], first[1]) << "announced by the file before";
  EXPECT_EQ(second[1], first[0]) << "its tickets still open";
  const TicketKeys::Ring third = rotated_ticket_keys(second);
  EXPECT_EQ(third[0], second[2]);
  EXPECT_EQ(third[1], second[0]);
  EXPECT_THAT(third, testing::SizeIs(3));
  EXPECT_THAT(third, testing::Not(testing::Contains(first[0])));
}

TEST(TicketFile, a_lone_key_stays_in_use_until_the_next_is_known) {
  const TicketKeys::Ring lone = *parse_ticket_keys(block('a'), "");
  const TicketKeys::Ring next = rotated_ticket_keys(lone);
  EXPECT_EQ(next.front(), lone.front());
  EXPECT_THAT(next, testing::SizeIs(2));
}

}  // namespace
}  // namespace gladhand::tls
