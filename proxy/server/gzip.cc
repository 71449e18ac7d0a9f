#include "server/gzip.h"

#include <zlib.h>

#include <algorithm>

#include "http/headers.h"

namespace gladhand::server {
namespace {

constexpr int kGzipWindow = 15 + 16;  // deflateInit2's way to say "gzip"
constexpr int kMemory = 8;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Up to `mark`, which is taken away, too.
std::string_view next(std::string_view& list, char mark) {
  const std::string_view one = list.substr(0, list.find(mark));
  list.remove_prefix(std::min(one.size() + 1, list.size()));
  return trimmed(one);
}

// q=0, q=0.0 and the like.
bool is_refused(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view weight = next(parameters, ';');
    if (!http::equals_ignoring_case(next(weight, '='), "q")) continue;
    return trimmed(weight).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

}  // namespace

bool takes_gzip(std::string_view accept_encoding) {
  bool takes_any = false;
  while (!accept_encoding.empty()) {
    std::string_view one = next(accept_encoding, ',');
    const std::string_view coding = next(one, ';');
    if (http::equals_ignoring_case(coding, "gzip") || http::equals_ignoring_case(coding, "x-gzip")) return !is_refused(one);
    if (coding == "*") takes_any = !is_refused(one);
  }
  return takes_any;
}

std::optional<std::string> gzipped(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) return std::nullopt;
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return end == Z_STREAM_END ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace gladhand::server
