#include "codec/second_reader.h"

#include <gtest/gtest.h>

#include "support/slices.h"

namespace gladhand::codec {
namespace {

using http::Role;
using test::slice_at_the_edge;

const std::string kHead = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";

TEST(SecondReader, it_agrees_with_the_end_that_is_right) {
  SecondReader reader(Role::server);
  reader.begin(false);
  EXPECT_TRUE(reader.read(slice_at_the_edge(kHead), false));
  EXPECT_TRUE(reader.read(slice_at_the_edge("hel"), false));
  EXPECT_TRUE(reader.read(slice_at_the_edge("lo"), true));
  EXPECT_EQ(reader.body().to_string(), "hello");
  EXPECT_TRUE(reader.keeps_alive());
}

TEST(SecondReader, it_doubts_an_end_that_comes_too_early_or_too_late) {
  for (const auto& [body, ends] : {std::pair{"hel", true}, {"hello", false}, {"hello!", true}}) {
    SecondReader reader(Role::server);
    reader.begin(false);
    ASSERT_TRUE(reader.read(slice_at_the_edge(kHead), false));
    const auto read = reader.read(slice_at_the_edge(body), ends);
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().code, Code::bad_request);
  }
}

TEST(SecondReader, its_doubts_are_named_after_who_sent_the_message) {
  SecondReader reader(Role::client);
  reader.begin(false);
  const auto read = reader.read(slice_at_the_edge("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"), true);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::bad_response);
}

TEST(SecondReader, a_method_that_it_does_not_know_is_not_implemented) {
  SecondReader reader(Role::server);
  reader.begin(false);
  EXPECT_EQ(reader.read(slice_at_the_edge("FETCH / HTTP/1.1\r\nHost: a\r\n\r\n"), true).error().code, Code::not_implemented);
}

TEST(SecondReader, it_starts_anew_after_any_end) {
  SecondReader reader(Role::server);
  for (std::string_view wreck : {"\0", "POST", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel"}) {
    reader.begin(false);
    static_cast<void>(reader.read(slice_at_the_edge(wreck), false));
    reader.begin(false);
    EXPECT_TRUE(reader.body().empty());
    EXPECT_TRUE(reader.read(slice_at_the_edge("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), true)) << wreck;
  }
}

TEST(SecondReader, persistence_follows_version_and_connection) {
  const auto stays = [](std::string_view head) {
    SecondReader reader(Role::server);
    reader.begin(false);
    EXPECT_TRUE(reader.read(slice_at_the_edge(head), true)) << head;
    return reader.keeps_alive();
  };
  EXPECT_TRUE(stays("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(stays("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(stays("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"));
  EXPECT_FALSE(stays("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(stays("GET / HTTP/1.0\r\nHost: a\r\n\r\n"));
  EXPECT_TRUE(stays("GET / HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(SecondReader, an_upgrade_or_connect_does_not_end_http) {
  for (std::string_view head : {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    SecondReader reader(Role::server);
    reader.begin(false);
    EXPECT_TRUE(reader.read(slice_at_the_edge(head), true)) << head;
    reader.begin(false);
    EXPECT_TRUE(reader.read(slice_at_the_edge("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), true)) << head;
  }
}

}  // namespace
}  // namespace gladhand::codec
