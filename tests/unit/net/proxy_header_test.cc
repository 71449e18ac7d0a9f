#include "net/proxy_header.h"

#include <gmock/gmock.h>

#include <array>

#include "support/proxy_headers.h"
#include "support/slices.h"

namespace gladhand::net {
namespace {

using namespace test;

// What became of bytes that were read in pieces of that size: the client, "nobody", "more", or the name of the error. What
// stands behind the header is left in `rest`.
std::string outcome(std::string_view bytes, std::size_t piece, std::string& rest) {
  ProxyHeaderReader reader;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    Slice slice = slice_at_the_edge(bytes.substr(at, piece));
    const auto header = reader.take(slice);
    if (!header) return std::string(header.error().name());
    if (*header) {
      rest = std::string(slice.view()) + std::string(bytes.substr(std::min(at + piece, bytes.size())));
      return (*header)->client ? (*header)->client->to_string() : "nobody";
    }
    EXPECT_EQ(slice.size(), 0u) << "what is asked for more has been taken";
    EXPECT_TRUE(reader.has_begun());
  }
  return "more";
}

struct Case {
  const char* what;
  std::string header;
  std::string outcome;
};

const std::string kBehind = "GET / HTTP/1.1\r\n\r\n";
const std::string kIpv4 = "192.0.2.7:4711", kIpv6 = "[2001:db8::7]:4711";

std::vector<Case> good_headers() {
  const std::string v4 = tcp4_addresses(), v6 = tcp6_addresses();
  return {
      {"a line of TCP4", proxy_line(), kIpv4},
      {"a line of TCP6", proxy_line("TCP6", kClientIpv6), kIpv6},
      {"a line of the highest and the lowest port", "PROXY TCP4 192.0.2.7 192.0.2.8 65535 0\r\n", "192.0.2.7:65535"},
      {"an unknown line", "PROXY UNKNOWN\r\n", "nobody"},
      {"an unknown line that goes on", "PROXY UNKNOWN \t whatever 1 2 3 4 5\r\n", "nobody"},
      {"the longest line", "PROXY UNKNOWN " + std::string(91, 'f') + "\r\n", "nobody"},
      {"a block of TCP over IPv4", proxy_block(kProxyCommand, kTcpOverIpv4, v4), kIpv4},
      {"a block of TCP over IPv6", proxy_block(kProxyCommand, kTcpOverIpv6, v6), kIpv6},
      {"TLVs that nobody knows", proxy_block(kProxyCommand, kTcpOverIpv4, v4 + tlv(4, "") + tlv(0xe0, "own") + tlv(2, "example.com")), kIpv4},
      {"as many TLVs as may be", proxy_block(kProxyCommand, kTcpOverIpv4, v4 + tlv(4, std::string(ProxyHeaderReader::kMostTlvBytes - 3, 'x'))), kIpv4},
      {"a checksum", with_checksum(kTcpOverIpv4, v4), kIpv4},
      {"a checksum behind other TLVs", with_checksum(kTcpOverIpv6, v6 + tlv(1, "h2") + tlv(4, "pad")), kIpv6},
      {"a local connection", proxy_block(kLocalCommand, kUnspecified, ""), "nobody"},
      {"a local connection with addresses", proxy_block(kLocalCommand, kTcpOverIpv4, v4), "nobody"},
      {"a local connection of a family that nobody knows", proxy_block(kLocalCommand, 0xff, "abc"), "nobody"},
      {"an unspecified connection", proxy_block(kProxyCommand, kUnspecified, ""), "nobody"},
      {"an unspecified connection with something", proxy_block(kProxyCommand, kUnspecified, "\xff\xff"), "nobody"},
      {"UDP", proxy_block(kProxyCommand, kUdpOverIpv4, v4), "nobody"},
      {"a UNIX socket", proxy_block(kProxyCommand, kUnixSocket, std::string(216, '/')), "nobody"},
      {"a UNIX socket with a TLV", proxy_block(kProxyCommand, kUnixSocket, std::string(216, '/') + tlv(4, "x")), "nobody"},
  };
}

std::vector<Case> bad_headers() {
  const std::string v4 = tcp4_addresses(), v6 = tcp6_addresses();
  const std::string missing = "missing_proxy_header", bad = "bad_proxy_header";
  std::string wrong = with_checksum(kTcpOverIpv4, v4), shifted = wrong;
  wrong[20] = static_cast<char>(wrong[20] ^ 1);
  shifted.back() = static_cast<char>(shifted.back() ^ 1);
  std::string version = proxy_block(0x11, kTcpOverIpv4, v4);
  return {
      {"a request", kBehind, missing},
      {"a ClientHello", std::string("\x16\x03\x01\x02\x00\x01\x00", 7), missing},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\n", missing},
      {"small letters", "proxy TCP4 192.0.2.7 192.0.2.8 1 2\r\n", missing},
      {"no space", "PROXY\tTCP4 192.0.2.7 192.0.2.8 1 2\r\n", missing},
      {"a signature that is another's", std::string("\r\n\r\n\0\r\nEXIT\n", 12) + "!!\0\0", missing},
      {"a signature with another end", std::string("\r\n\r\n\0\r\nQUIT\r", 12) + proxy_block(kProxyCommand, kTcpOverIpv4, v4).substr(12), missing},
      {"empty lines", "\r\n\r\n\r\n", missing},
      {"an empty line", "PROXY \r\n", bad},
      {"a protocol alone", "PROXY TCP4\r\n", bad},
      {"UDP in a line", "PROXY UDP4 192.0.2.7 192.0.2.8 1 2\r\n", bad},
      {"a protocol that only begins like the unknown", "PROXY UNKNOWNS\r\n", bad},
      {"a word too few", "PROXY TCP4 192.0.2.7 192.0.2.8 1\r\n", bad},
      {"a word too many", "PROXY TCP4 192.0.2.7 192.0.2.8 1 2 3\r\n", bad},
      {"two spaces", "PROXY TCP4  192.0.2.7 192.0.2.8 1 2\r\n", bad},
      {"a space at the end", "PROXY TCP4 192.0.2.7 192.0.2.8 1 2 \r\n", bad},
      {"a line feed alone", "PROXY TCP4 192.0.2.7 192.0.2.8 1 2\nx\r\n", bad},
      {"a carriage return within", "PROXY TCP4 192.0.2.7 192.0.2.8 1\r2\r\n", bad},
      {"a zero byte", std::string("PROXY TCP4 192.0.2.7\0 192.0.2.8 1 2\r\n", 37), bad},
      {"IPv6 under TCP4", "PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n", bad},
      {"IPv4 under TCP6", "PROXY TCP6 192.0.2.7 192.0.2.8 1 2\r\n", bad},
      {"families that differ", "PROXY TCP4 192.0.2.7 2001:db8::1 1 2\r\n", bad},
      {"a number too high", "PROXY TCP4 192.0.2.256 192.0.2.8 1 2\r\n", bad},
      {"a leading zero", "PROXY TCP4 192.0.02.7 192.0.2.8 1 2\r\n", bad},
      {"a name", "PROXY TCP4 localhost 192.0.2.8 1 2\r\n", bad},
      {"a zone", "PROXY TCP6 fe80::1%lo fe80::2 1 2\r\n", bad},
      {"a port too high", "PROXY TCP4 192.0.2.7 192.0.2.8 65536 2\r\n", bad},
      {"a port with a leading zero", "PROXY TCP4 192.0.2.7 192.0.2.8 01 2\r\n", bad},
      {"a negative port", "PROXY TCP4 192.0.2.7 192.0.2.8 -1 2\r\n", bad},
      {"a destination port that is none", "PROXY TCP4 192.0.2.7 192.0.2.8 1 x\r\n", bad},
      {"a line too long by one", "PROXY UNKNOWN " + std::string(92, 'f') + "\r\n", bad},
      {"a line that never ends", "PROXY TCP4 " + std::string(1000, ' '), bad},
      {"version 1 as a block", version, bad},
      {"a command that nobody knows", proxy_block(0x22, kTcpOverIpv4, v4), bad},
      {"a family that nobody knows", proxy_block(kProxyCommand, 0x41, v4), bad},
      {"a transport that nobody knows", proxy_block(kProxyCommand, 0x13, v4), bad},
      {"half of the addresses", proxy_block(kProxyCommand, kTcpOverIpv4, v4.substr(0, 11)), bad},
      {"addresses of IPv4 for IPv6", proxy_block(kProxyCommand, kTcpOverIpv6, v4), bad},
      {"a UNIX socket of another's length", proxy_block(kProxyCommand, kUnixSocket, v6), bad},
      {"a TLV without a length", proxy_block(kProxyCommand, kTcpOverIpv4, v4 + "\x04\x01"), bad},
      {"a TLV that is longer than the header", proxy_block(kProxyCommand, kTcpOverIpv4, v4 + tlv(4, "abc").substr(0, 5)), bad},
      {"a checksum of three bytes", proxy_block(kProxyCommand, kTcpOverIpv4, v4 + tlv(3, "abc")), bad},
      {"an address that is not what was summed", wrong, bad},
      {"a checksum that is not what it was", shifted, bad},
      {"more TLVs than may be", proxy_block(kProxyCommand, kTcpOverIpv4, v4 + tlv(4, std::string(ProxyHeaderReader::kMostTlvBytes - 2, 'x'))), bad},
      {"a local connection with a book", proxy_block(kLocalCommand, kUnspecified, std::string(60'000, 'x')), bad},
  };
}

constexpr std::array<std::size_t, 4> kPieces{1, 2, 7, 100'000};

TEST(ProxyHeader, a_good_one_names_its_client_and_leaves_what_stands_behind_it) {
  for (const Case& one : good_headers()) {
    for (const std::size_t piece : kPieces) {
      std::string rest;
      EXPECT_EQ(outcome(one.header + kBehind, piece, rest), one.outcome) << one.what << " in pieces of " << piece;
      EXPECT_EQ(rest, kBehind) << one.what << " in pieces of " << piece;
    }
  }
}

TEST(ProxyHeader, a_good_one_is_complete_with_its_last_byte_and_not_before) {
  for (const Case& one : good_headers()) {
    std::string rest;
    EXPECT_EQ(outcome(one.header, 1, rest), one.outcome) << one.what;
    EXPECT_EQ(rest, "") << one.what;
    EXPECT_EQ(outcome(std::string_view(one.header).substr(0, one.header.size() - 1), 1, rest), "more") << one.what;
  }
}

TEST(ProxyHeader, a_bad_one_is_refused_and_says_why) {
  for (const Case& one : bad_headers()) {
    for (const std::size_t piece : kPieces) {
      std::string rest;
      EXPECT_EQ(outcome(one.header, piece, rest), one.outcome) << one.what << " in pieces of " << piece;
    }
  }
}

TEST(ProxyHeader, what_cannot_become_one_is_refused_with_the_byte_that_tells) {
  std::string rest;
  EXPECT_EQ(outcome("P", 1, rest), "more");
  EXPECT_EQ(outcome("PR", 1, rest), "more");
  EXPECT_EQ(outcome("PRI", 1, rest), "missing_proxy_header");
  EXPECT_EQ(outcome("\r\n\r\n", 1, rest), "more");
  EXPECT_EQ(outcome("\r\n\r\nG", 1, rest), "missing_proxy_header");
}

TEST(ProxyHeader, no_more_is_held_than_the_longest_line) {
  ProxyHeaderReader reader;
  Slice slice = slice_at_the_edge("PROXY " + std::string(ProxyHeaderReader::kMostLineBytes - 7, 'x'));
  EXPECT_TRUE(reader.take(slice));
  slice = slice_at_the_edge("x");
  EXPECT_FALSE(reader.take(slice)) << "107 bytes without an end";
}

}  // namespace
}  // namespace gladhand::net
