#include "codec/http1_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "support/slices.h"

namespace gladhand::codec {
namespace {

using Kind = http::Framing::Kind;

// The heads of every size around a block's, where a miscount would write past its end.
TEST(Http1Writer, heads_of_every_size_fit_where_they_are_written) {
  for (std::size_t size = Block::kSmall - 300; size < Block::kSmall + 100; ++size) {
    const std::string value(size, 'v');
    http::Head head;
    head.method = "OPTIONS";
    head.authority = "shop.example";
    head.target = "/";
    head.status = 200;
    head.fields.add(http::FieldId::other, "X", value);
    head.fields.add(http::FieldId::te, "trailers");
    Buffer request;
    write_request_head(head, {Kind::length, UINT64_MAX}, request);
    EXPECT_EQ(request.to_string(),
              "OPTIONS / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 18446744073709551615\r\nConnection: TE\r\nX: " + value + "\r\nte: trailers\r\n\r\n");
    Buffer response;
    write_response_head(head, {Kind::length, UINT64_MAX}, Persistence::keep_alive, response);
    EXPECT_EQ(response.to_string(), "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\nConnection: keep-alive\r\nX: " + value + "\r\nte: trailers\r\n\r\n");
    Buffer last;
    write_last_chunk(head.fields, last);
    EXPECT_EQ(last.to_string(), "0\r\nX: " + value + "\r\nte: trailers\r\n\r\n");
  }
}

TEST(Http1Writer, several_heads_share_a_block) {
  http::Head head;
  head.status = 200;
  head.reason = "OK";
  Buffer out;
  for (int i = 0; i < 5; ++i) write_response_head(head, {}, Persistence::implied, out);
  EXPECT_EQ(out.slices().size(), 1u);
}

TEST(Http1Writer, chunks_are_framed_in_hexadecimal) {
  Buffer out;
  write_chunk(test::buffer_of(std::string(255, 'x')), out);
  EXPECT_EQ(out.to_string(), "ff\r\n" + std::string(255, 'x') + "\r\n");
}

TEST(Http1Writer, a_chunk_keeps_large_pieces_and_copies_small_ones) {
  const Slice large = Slice::copy(std::string(4096, 'L'));
  Buffer body;
  body.append(Slice::copy("small"));
  body.append(large);
  body.append(Slice::copy("small"));
  Buffer out;
  write_chunk(std::move(body), out);
  EXPECT_EQ(out.to_string(), "100a\r\nsmall" + std::string(4096, 'L') + "small\r\n");
  ASSERT_EQ(out.slices().size(), 3u);
  EXPECT_EQ(out.slices()[1].block(), large.block());
}

}  // namespace
}  // namespace gladhand::codec
