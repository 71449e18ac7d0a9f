// What gzip (RFC 1952) made of a text, as its reader gets it back.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <string_view>

namespace gladhand::test {

struct Unzipped {
  std::string text;
  bool is_complete = false;  // the end has come, with the right sum, and nothing behind it
};

inline Unzipped unzip(std::string_view bytes) {
  Unzipped result;
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return result;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  int state = Z_OK;
  while (state == Z_OK) {
    constexpr std::size_t kPiece = 64 * 1024;
    const std::size_t before = result.text.size();
    result.text.resize(before + kPiece);
    stream.next_out = reinterpret_cast<Bytef*>(result.text.data() + before);
    stream.avail_out = kPiece;
    state = inflate(&stream, Z_SYNC_FLUSH);
    result.text.resize(before + kPiece - stream.avail_out);
  }
  result.is_complete = state == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  return result;
}

// Of a body that goes on.
inline std::string unzipped_so_far(std::string_view bytes) { return unzip(bytes).text; }

// Of a whole body; one whose end is missing is a failure.
inline std::string unzipped(std::string_view bytes) {
  Unzipped result = unzip(bytes);
  EXPECT_TRUE(result.is_complete) << "the end is missing after " << result.text.size() << " bytes";
  return std::move(result.text);
}

}  // namespace gladhand::test
