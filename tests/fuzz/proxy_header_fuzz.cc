// PROXY headers: no more is taken than the header, and however the bytes are cut, the client is the same.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target proxy_header_fuzz
//   build/fuzz/proxy_header_fuzz CORPUS
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "net/proxy_header.h"
#include "support/proxy_headers.h"
#include "support/slices.h"

namespace {

using namespace gladhand;

struct Outcome {
  Code code = Code::ok;
  std::string client = "more";
  std::size_t taken = 0;

  bool operator==(const Outcome&) const = default;
};

void require(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

Outcome read(std::string_view bytes, std::size_t piece) {
  net::ProxyHeaderReader reader;
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const std::string_view next = bytes.substr(taken, piece);
    Slice slice = test::slice_at_the_edge(next);
    const auto header = reader.take(slice);
    if (!header) return {.code = header.error().code, .client = ""};  // how much was taken does not matter any more
    taken += next.size() - slice.size();
    if (*header) return {.client = (*header)->client ? (*header)->client->to_string() : "nobody", .taken = taken};
    require(slice.size() == 0, "who asks for more has taken everything");
  }
  return {.taken = taken};
}

void read_in_pieces(std::string_view bytes) {
  const Outcome whole = read(bytes, bytes.size());
  require(whole == read(bytes, 1), "the outcome byte by byte is the same");
  require(whole == read(bytes, 7), "the outcome in sevens is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return 0;
  read_in_pieces(input);
  // With beginnings that are right, so that the parts behind them are reached.
  read_in_pieces("PROXY " + input + "\r\n");
  const std::string rest = input.substr(1, 0xffff - 36);
  const auto kind = static_cast<std::uint8_t>(input.front());
  read_in_pieces(test::proxy_block(test::kProxyCommand, kind, rest));
  read_in_pieces(test::proxy_block(test::kProxyCommand, test::kTcpOverIpv6, test::tcp6_addresses() + rest));
  read_in_pieces(test::with_checksum(test::kTcpOverIpv4, test::tcp4_addresses() + rest.substr(0, 4000)));
  return 0;
}
