// Clients that come back to the endpoint which answered them before.
#include "support/story.h"

namespace gladhand::test {
namespace {

using testing::EndsWith;
using testing::StartsWith;

class Sticky : public EveryPath {
 protected:
  Sticky() {
    app().sticky.cookie = "srv";
    add_endpoint();
    add_endpoint();
  }

  // The value of the cookie that an answer sets; empty: none.
  static std::string cookie_of(const Message& answer) {
    const std::string set = answer.field("set-cookie");
    return set.substr(0, set.find(';'));
  }
  // Asks once and is answered by the endpoint of that index.
  Message ask(std::string_view cookie, std::size_t index) {
    Client client = connect();
    client.get("/", cookie.empty() ? "" : fmt::format("Cookie: theme=dark; {}\r\n", cookie));
    Upstream answering = upstream(index);
    answering.expect_request("GET", "/");
    answering.reply(200, "found", "Connection: close\r\n");
    return client.expect(200, "found");
  }
};

TEST_P(Sticky, a_client_is_told_once_and_then_stays) {
  const Message first = ask("", 0);
  const std::string cookie = cookie_of(first);
  EXPECT_THAT(cookie, StartsWith("srv="));
  EXPECT_THAT(first.field("set-cookie"), EndsWith(GetParam() == Path::tls ? "; Path=/; HttpOnly; SameSite=Lax; Secure" : "; Path=/; HttpOnly; SameSite=Lax"));
  const std::string other = cookie_of(ask("", 1));
  EXPECT_NE(other, cookie);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(ask(cookie, 0).has("set-cookie"));
    EXPECT_FALSE(ask(other, 1).has("set-cookie"));
  }
}

TEST_P(Sticky, an_endpoint_that_nobody_knows_is_forgotten) {
  EXPECT_THAT(cookie_of(ask("srv=strange", 0)), StartsWith("srv="));
  EXPECT_THAT(cookie_of(ask("srv=", 1)), StartsWith("srv="));
}

TEST_P(Sticky, the_loss_of_an_endpoint_moves_its_clients) {
  const std::string lost = cookie_of(ask("", 0));
  endpoint(0).close();
  const std::string found = cookie_of(ask(lost, 1));
  EXPECT_NE(found, "");
  EXPECT_NE(found, lost);
}

GLADHAND_ON_EVERY_PATH(Sticky);

}  // namespace
}  // namespace gladhand::test
