// Server push: what a site says to preload is asked of it, and sent before anybody asks.
#include "support/http2_peer.h"
#include "support/story.h"

namespace gladhand::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A client of HTTP/2 that allows pushes; the proxy's own codec never does.
class Push : public Story {
 protected:
  Push() {
    listener().protocols = {config::Protocol::h2};
    config.routes.front().push = true;
  }
  void begin(const std::vector<std::pair<std::uint16_t, std::uint32_t>>& settings = {}) {
    line.emplace(stage, Socket::connected_to(proxy().address()));
    line->send(Http2Peer::magic() + Http2Peer::settings(settings));
  }
  void ask(std::uint32_t stream, std::string_view method = "GET", const Fields& more = {}) {
    Fields fields{{":method", std::string(method)}, {":scheme", "http"}, {":authority", "shop.example"}, {":path", "/page"}};
    fields.insert(fields.end(), more.begin(), more.end());
    line->send(peer.headers(stream, fields));
  }
  // All that has come so far, once `last` has.
  const std::string& lines(std::string_view last) {
    EXPECT_TRUE(stage.run_until([&] {
      peer.read(std::exchange(line->received(), {}));
      seen += peer.lines();
      return seen.find(last) != std::string::npos;
    })) << last << " did not come; so far:\n" << seen;
    return seen;
  }
  void reply_with_links(Upstream& upstream, const std::string& links) {
    upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n" + links + "\r\npage");
  }

  Http2Peer peer;
  std::optional<Client> line;
  std::string seen;
};

TEST_F(Push, what_a_page_says_to_preload_comes_with_it) {
  begin();
  ask(1, "GET", {{"cookie", "session=0123456789abcdef"}, {"accept-language", "de"}, {"x-own", "1"}});
  Upstream first = upstream();
  first.expect_request("GET", "/page");
  reply_with_links(first, "Link: </style.css>; rel=preload; as=style, <http://shop.example/a.js>; rel=preload\r\n");
  EXPECT_THAT(lines("data 1 page end"), HasSubstr("promise 1 2 :method=GET :scheme=http :path=/style.css :authority=shop.example"));
  EXPECT_THAT(seen, HasSubstr("promise 1 4 :method=GET :scheme=http :path=/a.js :authority=shop.example"));
  EXPECT_LT(seen.find("promise 1 4"), seen.find("headers 1 "));

  Upstream second = upstream();
  const Message style = first.expect_request("GET", "/style.css");
  EXPECT_EQ(style.field("host"), "shop.example");
  EXPECT_EQ(style.field("cookie"), "session=0123456789abcdef");
  EXPECT_EQ(style.field("accept-language"), "de");
  EXPECT_EQ(style.field("x-own"), "");
  second.expect_request("GET", "/a.js");
  first.reply(200, "/style.css");
  second.reply(200, "/a.js");
  lines("data 2 /style.css end");
  lines("data 4 /a.js end");
  EXPECT_EQ(exchange(2).status, 200);
  EXPECT_EQ(exchange(2).method, "GET");
}

TEST_F(Push, early_hints_are_pushed_at_once_and_not_again) {
  begin();
  ask(1);
  Upstream first = upstream();
  first.expect_request("GET", "/page");
  first.send("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n");
  EXPECT_THAT(lines("headers 1 :status=103"), HasSubstr("promise 1 2 "));
  Upstream second = upstream();
  second.expect_request("GET", "/style.css");
  second.reply(200, "style");
  lines("data 2 style end");
  reply_with_links(first, "Link: </style.css>; rel=preload\r\nLink: </new.css>; rel=preload\r\n");
  EXPECT_THAT(lines("data 1 page end"), HasSubstr("promise 1 4 :method=GET :scheme=http :path=/new.css"));
  EXPECT_THAT(seen, Not(HasSubstr("promise 1 6 ")));
}

TEST_F(Push, only_what_is_of_the_same_origin_and_wanted_is_pushed) {
  begin();
  ask(1);
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/page");
  reply_with_links(upstream,
                   "Link: <//other.example/a>; rel=preload, <http://other.example/b>; rel=preload, <https://shop.example/c>; rel=preload\r\n"
                   "Link: </d>; rel=preload; nopush, </e>; rel=next, <f>; rel=preload, </../../g>; rel=preload, </page>; rel=preload\r\n"
                   "Link: <http://shop.example//h>; rel=preload, </i>; rel=preload; anchor=\"/x\", /j; rel=preload\r\n");
  EXPECT_THAT(lines("data 1 page end"), Not(HasSubstr("promise")));
  expect_no_dial();
}

TEST_F(Push, no_more_than_a_few_are_pushed_with_one_response) {
  begin();
  ask(1);
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/page");
  std::string links;
  for (int i = 0; i < 30; ++i) links += fmt::format("Link: </{}>; rel=preload\r\n", i);
  reply_with_links(upstream, links);
  EXPECT_THAT(lines("data 1 page end"), AllOf(HasSubstr("promise 1 20 "), Not(HasSubstr("promise 1 22 "))));
}

TEST_F(Push, a_pushed_response_pushes_nothing) {
  begin();
  ask(1);
  Upstream first = upstream();
  first.expect_request("GET", "/page");
  reply_with_links(first, "Link: </a>; rel=preload\r\n");
  lines("data 1 page end");
  first.expect_request("GET", "/a");
  reply_with_links(first, "Link: </b>; rel=preload\r\n");
  EXPECT_THAT(lines("data 2 page end"), Not(HasSubstr("promise 2")));
  EXPECT_THAT(seen, Not(HasSubstr("promise 1 4")));
}

TEST_F(Push, errors_and_answers_to_other_methods_push_nothing) {
  begin();
  ask(1, "DELETE");
  Upstream upstream = this->upstream();
  upstream.expect_request("DELETE", "/page");
  reply_with_links(upstream, "Link: </a>; rel=preload\r\n");
  lines("data 1 page end");
  ask(3);
  upstream.expect_request("GET", "/page");
  upstream.send("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nLink: </a>; rel=preload\r\n\r\nno");
  EXPECT_THAT(lines("data 3 no end"), Not(HasSubstr("promise")));
}

TEST_F(Push, a_client_that_does_not_want_one_cancels_its_request) {
  begin();
  ask(1);
  Upstream first = upstream();
  first.expect_request("GET", "/page");
  reply_with_links(first, "Link: </a>; rel=preload\r\n");
  lines("data 1 page end");
  first.expect_request("GET", "/a");
  line->send(Http2Peer::reset(2, NGHTTP2_CANCEL));
  first.expect_over();
  EXPECT_EQ(exchange(1).error, Code::client_reset);
  ask(3);
  Upstream second = upstream();
  second.expect_request("GET", "/page");
  second.reply(200, "again");
  EXPECT_THAT(lines("data 3 again end"), Not(HasSubstr("goaway")));
}

TEST_F(Push, a_client_that_forbids_it_is_served_without) {
  begin({{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}});
  ask(1);
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/page");
  reply_with_links(upstream, "Link: </a>; rel=preload\r\n");
  EXPECT_THAT(lines("data 1 page end"), AllOf(HasSubstr("link=</a>; rel=preload"), Not(HasSubstr("promise"))));
  expect_no_dial();
}

TEST_F(Push, nothing_is_pushed_where_the_route_does_not_say_so) {
  config.routes.front().push = false;
  begin();
  ask(1);
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/page");
  reply_with_links(upstream, "Link: </a>; rel=preload\r\n");
  EXPECT_THAT(lines("data 1 page end"), Not(HasSubstr("promise")));
}

TEST_F(Push, a_client_of_http_1_is_served_without) {
  listener().protocols = {config::Protocol::http1_1};
  Client client = connect();
  client.get("/page");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/page");
  reply_with_links(upstream, "Link: </a>; rel=preload\r\n");
  client.expect(200, "page");
  expect_no_dial();
}

}  // namespace
}  // namespace gladhand::test
