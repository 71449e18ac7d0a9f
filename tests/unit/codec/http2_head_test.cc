// What heads may be, and what is made of them: by way of the codec, since nghttp2 judges first.
#include "codec/http2_head.h"

#include <gmock/gmock.h>

#include "support/http2_rig.h"

namespace gladhand::codec {
namespace {

using http::End;
using http::FieldId;
using test::Fields;
using test::Http2Peer;
using test::Http2ServerRig;
using test::kGet;
using test::kPost;
using test::with;
using testing::HasSubstr;
using testing::StartsWith;

Fields get(const std::string& path) { return {{":method", "GET"}, {":scheme", "http"}, {":authority", "shop.example"}, {":path", path}}; }
Fields without(Fields fields, std::string_view name) {
  std::erase_if(fields, [&](const auto& field) { return field.first == name; });
  return fields;
}

// What the listener of a request with these fields hears first.
std::string heard_of(const Fields& fields, const Settings& settings = {}) {
  Http2ServerRig rig(settings);
  rig.prepare_with([](test::RecordingStream& stream) { stream.shows_fields = true; });
  rig.feed(rig.peer.headers(1, fields));
  return rig.streams.empty() ? "nothing" : rig.heard();
}

// ---- What is accepted

TEST(Http2Head, the_parts_of_a_request) { EXPECT_EQ(heard_of(get("/a?b=c")), "head GET shop.example /a?b=c\nend\n"); }

TEST(Http2Head, fields_in_their_order) {
  EXPECT_EQ(heard_of(with(kGet, {{"accept", "*/*"}, {"x-empty", ""}, {"x", "1"}, {"x", "2"}})), "head GET shop.example /\nfield accept: */*\nfield x-empty: \nfield x: 1\nfield x: 2\nend\n");
}

TEST(Http2Head, crumbs_of_cookies_are_one_cookie) {
  EXPECT_EQ(heard_of(with(kGet, {{"cookie", "a=1"}, {"x", "y"}, {"cookie", "b=2"}, {"cookie", "c=3"}})), "head GET shop.example /\nfield x: y\nfield cookie: a=1; b=2; c=3\nend\n");
}

TEST(Http2Head, host_may_stand_for_the_authority) {
  EXPECT_THAT(heard_of(with(without(kGet, ":authority"), {{"host", "inn.example:80"}})), StartsWith("head GET inn.example:80 /\n"));
  EXPECT_THAT(heard_of(with(kGet, {{"host", "SHOP.example"}})), StartsWith("head GET shop.example /\n"));
}

TEST(Http2Head, a_wish_for_trailers_may_be_said) { EXPECT_THAT(heard_of(with(kGet, {{"te", "trailers"}})), HasSubstr("field te: trailers\n")); }

TEST(Http2Head, the_path_is_made_canonical) {
  EXPECT_THAT(heard_of(get("/a/../b/%7Euser?q=%7E")), StartsWith("head GET shop.example /b/~user?q=%7E\n"));
}

TEST(Http2Head, options_may_ask_about_everything) {
  Fields all = get("*");
  all[0].second = "OPTIONS";
  EXPECT_THAT(heard_of(all), StartsWith("head OPTIONS shop.example *\n"));
}

TEST(Http2Head, connect_names_a_host_with_a_port) {
  EXPECT_THAT(heard_of({{":method", "CONNECT"}, {":authority", "db.example:5432"}}), StartsWith("head CONNECT db.example:5432 db.example:5432\n"));
}

TEST(Http2Head, the_scheme_is_that_of_the_connection_whatever_is_said) {
  FieldReader reader({}, Code::bad_request, Code::request_header_too_large);
  Arena arena;
  http::Head head;
  reader.begin();
  for (const auto& [name, value] : kGet) ASSERT_TRUE(reader.add(name, value, arena, head));
  ASSERT_TRUE(reader.finish_request("https", arena, head));
  EXPECT_EQ(head.scheme, "https");
}

TEST(Http2Head, a_length_is_known_before_the_body) {
  Http2ServerRig rig;
  rig.feed(rig.peer.headers(1, with(kPost, {{"content-length", "5"}}), End::no));
  EXPECT_EQ(rig.heard(), "head POST shop.example / (5 bytes)\n");
}

// ---- What is refused, with an answer

struct Bad {
  std::string name;
  Fields fields;
};

std::string name_of(const testing::TestParamInfo<Bad>& bad) { return bad.param.name; }

class Http2RefusedHead : public testing::TestWithParam<Bad> {};

TEST_P(Http2RefusedHead, is_aborted_and_can_be_answered) {
  Http2ServerRig rig;
  rig.feed(rig.peer.headers(1, GetParam().fields));
  ASSERT_EQ(rig.streams.size(), 1u);
  ASSERT_EQ(rig.heard(), "aborted bad_request\n");
  rig.stream().grip->send_head(Http2ServerRig::reply(400), End::yes);
  rig.stream().grip.drop();
  EXPECT_EQ(rig.sent(), "headers 1 :status=400 end\n");
  EXPECT_TRUE(rig.codec.is_idle());
  rig.feed(rig.peer.headers(3, kGet));
  EXPECT_EQ(rig.heard(1), "head GET shop.example /\nend\n");
}

INSTANTIATE_TEST_SUITE_P(Each, Http2RefusedHead,
                         testing::Values(Bad{"another_host", with(kGet, {{"host", "other.example"}})},
                                         Bad{"userinfo", with(without(kGet, ":authority"), {{"host", "me@shop.example"}})}, Bad{"a_port_of_letters", with(without(kGet, ":authority"), {{"host", "shop.example:http"}})},
                                         Bad{"a_way_out_of_the_root", get("/../../etc")}, Bad{"a_null_in_the_path", get("/a%00b")},
                                         Bad{"connect_without_a_port", {{":method", "CONNECT"}, {":authority", "db.example"}}},
                                         Bad{"a_strange_scheme", {{":method", "GET"}, {":scheme", "ftp"}, {":authority", "shop.example"}, {":path", "/"}}},
                                         Bad{"a_control_in_a_value", with(kGet, {{"x", "a\x01z"}})}, Bad{"a_line_break_in_a_value", with(kGet, {{"x", "a\r\nb: c"}})},
                                         Bad{"a_delete_in_a_value", with(kGet, {{"x", "a\x7f"}})}),
                         name_of);

// ---- What nghttp2 resets on its own, before anybody could answer

class Http2ResetHead : public testing::TestWithParam<Bad> {};

TEST_P(Http2ResetHead, is_told_and_costs_the_stream_alone) {
  Http2ServerRig rig;
  rig.feed(rig.peer.headers(1, GetParam().fields));
  ASSERT_EQ(rig.streams.size(), 1u);
  EXPECT_EQ(rig.heard(), "reset bad_request\n");
  EXPECT_EQ(rig.sent(), "reset 1 PROTOCOL_ERROR\n");
  EXPECT_TRUE(rig.codec.is_idle());
  rig.feed(rig.peer.headers(3, with(kGet, {{"accept", "*/*"}})));
  EXPECT_EQ(rig.heard(1), "head GET shop.example /\nend\n");
}

INSTANTIATE_TEST_SUITE_P(Each, Http2ResetHead,
                         testing::Values(Bad{"upper_case", with(kGet, {{"X-Upper", "y"}})}, Bad{"connection", with(kGet, {{"connection", "close"}})}, Bad{"keep_alive", with(kGet, {{"keep-alive", "1"}})},
                                         Bad{"proxy_connection", with(kGet, {{"proxy-connection", "close"}})}, Bad{"upgrade", with(kGet, {{"upgrade", "h2c"}})},
                                         Bad{"transfer_encoding", with(kPost, {{"transfer-encoding", "chunked"}})}, Bad{"te_of_gzip", with(kGet, {{"te", "gzip"}})},
                                         Bad{"no_method", without(kGet, ":method")}, Bad{"no_path", without(kGet, ":path")}, Bad{"no_scheme", without(kGet, ":scheme")},
                                         Bad{"neither_authority_nor_host", without(kGet, ":authority")}, Bad{"two_paths", with(kGet, {{":path", "/b"}})}, Bad{"an_empty_path", get("")},
                                         Bad{"an_unknown_pseudo_field", with(kGet, {{":color", "red"}})}, Bad{"a_status", with(kGet, {{":status", "200"}})},
                                         Bad{"a_pseudo_field_behind_others", with(with(without(kGet, ":path"), {{"x", "y"}}), {{":path", "/"}})},
                                         Bad{"a_star_for_get", get("*")}, Bad{"a_path_without_a_slash", get("cart")}, Bad{"connect_with_a_path", with({{":method", "CONNECT"}, {":authority", "a:1"}}, {{":path", "/"}})},
                                         Bad{"two_lengths", with(kPost, {{"content-length", "0"}, {"content-length", "0"}})}, Bad{"two_hosts", with(kGet, {{"host", "shop.example"}, {"host", "shop.example"}})}, Bad{"a_length_past_all_numbers", with(kPost, {{"content-length", "9223372036854775808"}})}, Bad{"a_negative_length", with(kPost, {{"content-length", "-1"}})}),
                         name_of);

// ---- Limits

TEST(Http2Head, a_target_past_the_limit_is_too_long) {
  const Settings settings{.head = {.start_line_bytes = 100}};
  EXPECT_EQ(heard_of(get("/" + std::string(99, 'x')), settings), "head GET shop.example /" + std::string(99, 'x') + "\nend\n");
  EXPECT_EQ(heard_of(get("/" + std::string(100, 'x')), settings), "aborted uri_too_long\n");
}

TEST(Http2Head, more_fields_than_the_limit_are_too_many) {
  const Settings settings{.head = {.fields = 3}};
  EXPECT_THAT(heard_of(with(kGet, {{"a", "1"}, {"b", "1"}, {"c", "1"}}), settings), StartsWith("head"));
  Fields many = kGet;
  for (int i = 0; i < 10; ++i) many.emplace_back("x", "y");
  EXPECT_EQ(heard_of(many, settings), "aborted request_header_too_large\n");
}

TEST(Http2Head, more_bytes_than_the_limit_are_too_large) {
  const Settings settings{.head = {.section_bytes = 300}};
  EXPECT_THAT(heard_of(with(kGet, {{"x", std::string(150, 'y')}}), settings), StartsWith("head"));
  EXPECT_EQ(heard_of(with(kGet, {{"x", std::string(300, 'y')}}), settings), "aborted request_header_too_large\n");
}

TEST(Http2Head, crumbs_count_like_other_fields) {
  Fields crumbs = kGet;
  for (int i = 0; i < 200; ++i) crumbs.emplace_back("cookie", "a=1");
  EXPECT_EQ(heard_of(crumbs), "aborted request_header_too_large\n");
}

TEST(Http2Head, small_references_to_a_large_field_count_in_full) {
  Fields bomb = kGet;
  for (int i = 0; i < 50; ++i) bomb.emplace_back("x", std::string(3000, 'y'));  // one byte each, but the first
  EXPECT_EQ(heard_of(bomb), "aborted request_header_too_large\n");
}

TEST(Http2Head, what_is_decoded_for_nothing_ends_the_connection_in_the_end) {
  Http2ServerRig rig;
  Fields bomb = kGet;
  bomb.insert(bomb.end(), 4000, {"x", std::string(3000, 'y')});
  std::uint32_t id = 1;
  for (; id < 200 && !rig.codec.is_finished(); id += 2) rig.feed(rig.peer.headers(id, bomb));
  EXPECT_EQ(id, 33u) << "about sixty tokens for each";
  EXPECT_THAT(rig.sent(), testing::HasSubstr("ENHANCE_YOUR_CALM"));
}

TEST(Http2Head, a_refused_head_leaves_the_compression_in_step) {
  Http2ServerRig rig({.head = {.section_bytes = 300}});
  rig.feed(rig.peer.headers(1, with(kGet, {{"x", std::string(300, 'y')}, {"z", "later"}})));
  rig.feed(rig.peer.headers(3, with(kGet, {{"z", "later"}})));
  EXPECT_EQ(rig.heard(0), "aborted request_header_too_large\n");
  EXPECT_EQ(rig.heard(1), "head GET shop.example /\nend\n");
}

TEST(Http2Head, trailers_have_limits_too) {
  Http2ServerRig rig({.head = {.section_bytes = 300}});
  rig.begin();
  rig.feed(rig.peer.headers(1, {{"x", std::string(300, 'y')}}));
  EXPECT_EQ(rig.heard(), "head POST shop.example / (body)\naborted request_header_too_large\n");
}

// ---- What is written

std::string written(const std::vector<nghttp2_nv>& fields) {
  std::string text;
  for (const nghttp2_nv& field : fields) {
    text += fmt::format("{}={}{}\n", std::string_view(reinterpret_cast<char*>(field.name), field.namelen), std::string_view(reinterpret_cast<char*>(field.value), field.valuelen),
                        (field.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0 ? " (secret)" : "");
  }
  return text;
}

TEST(Http2FieldWriter, secrets_stay_out_of_the_table) {
  http::Head head;
  head.status = 200;
  head.fields.add(FieldId::other, "X-Mixed", "Kept");
  head.fields.add(FieldId::authorization, "Authorization", "Bearer x");
  head.fields.add(FieldId::proxy_authorization, "Proxy-Authorization", "Basic y");
  FieldWriter writer;
  EXPECT_EQ(written(writer.response(head)), ":status=200\nX-Mixed=Kept\nauthorization=Bearer x (secret)\nproxy-authorization=Basic y (secret)\n");
}

TEST(Http2FieldWriter, what_belongs_to_a_connection_is_left_out) {
  http::Headers fields;
  for (FieldId id : {FieldId::host, FieldId::connection, FieldId::keep_alive, FieldId::proxy_connection, FieldId::transfer_encoding, FieldId::content_length, FieldId::upgrade}) fields.add(id, "1");
  fields.add(FieldId::te, "trailers");
  FieldWriter writer;
  EXPECT_EQ(written(writer.trailers(fields)), "te=trailers\n");
}

TEST(Http2FieldWriter, a_length_is_said_where_it_may_be) {
  FieldWriter writer;
  http::Head head;
  head.content_length = 0;
  head.status = 200;
  EXPECT_EQ(written(writer.response(head)), ":status=200\ncontent-length=0\n");
  head.status = 204;
  EXPECT_EQ(written(writer.response(head)), ":status=204\n");
  head.status = 103;
  EXPECT_EQ(written(writer.response(head)), ":status=103\n");
}

TEST(Http2FieldWriter, connect_has_no_path_and_no_scheme) {
  http::Head head;
  head.method = "CONNECT";
  head.authority = head.target = "db.example:5432";
  FieldWriter writer;
  EXPECT_EQ(written(writer.request(head, "https")), ":method=CONNECT\n:authority=db.example:5432\n");
}

}  // namespace
}  // namespace gladhand::codec
