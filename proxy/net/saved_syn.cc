#include "net/saved_syn.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>

namespace gladhand::net {
namespace {

using Bytes = std::span<const unsigned char>;

constexpr std::size_t kMostHeaders = 40 + 60 + 60;
constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv6Header = 40;
constexpr std::size_t kTcpHeader = 20;

enum Kind : unsigned char { end = 0, padding = 1, mss = 2, window_scale = 3, sack_permitted = 4, timestamps = 8 };

std::uint16_t number(Bytes bytes, std::size_t at) { return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]); }

void read_option(timeline::SynFacts& facts, unsigned char kind, Bytes value) {
  switch (kind) {
    case mss:
      if (value.size() == 2) facts.mss = number(value, 0);
      break;
    case window_scale:
      if (value.size() == 1) facts.window_scale = value[0];
      break;
    case sack_permitted: facts.sack = true; break;
    case timestamps: facts.timestamps = true; break;
    default: break;
  }
}

// As far as they can be told apart.
void read_options(timeline::SynFacts& facts, Bytes rest) {
  while (!rest.empty() && facts.options_size < facts.options.size()) {
    const unsigned char kind = rest[0];
    facts.options[facts.options_size++] = kind;
    if (kind == end) return;
    std::size_t size = 1;
    if (kind != padding) {
      if (rest.size() < 2 || rest[1] < 2 || rest[1] > rest.size()) return;
      size = rest[1];
      read_option(facts, kind, rest.subspan(2, size - 2));
    }
    rest = rest.subspan(size);
  }
}

}  // namespace

bool keep_syns(int listening_fd, bool keeps) {
  const int value = keeps ? 1 : 0;
  return setsockopt(listening_fd, IPPROTO_TCP, TCP_SAVE_SYN, &value, sizeof value) == 0;
}

std::optional<timeline::SynFacts> take_saved_syn(int fd) {
  std::array<unsigned char, kMostHeaders> bytes;
  socklen_t size = bytes.size();
  if (getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, bytes.data(), &size) != 0) return std::nullopt;
  return parse_syn(Bytes(bytes).first(size));
}

std::optional<timeline::SynFacts> parse_syn(Bytes headers) {
  if (headers.empty()) return std::nullopt;
  const unsigned version = headers[0] >> 4;
  if (version != 4 && version != 6) return std::nullopt;
  const std::size_t ip_size = version == 6 ? kIpv6Header : (headers[0] & 15u) * 4;
  if (ip_size < kIpv4Header || headers.size() < ip_size + kTcpHeader) return std::nullopt;
  const Bytes tcp = headers.subspan(ip_size);
  const std::size_t tcp_size = (tcp[12] >> 4) * 4u;
  if (tcp_size < kTcpHeader || tcp.size() < tcp_size) return std::nullopt;

  timeline::SynFacts facts;
  facts.ttl = version == 6 ? headers[7] : headers[8];
  facts.window = number(tcp, 14);
  facts.ecn = (tcp[13] & 0xc0) == 0xc0;  // ECE and CWR (RFC 3168 section 6.1.1)
  const std::size_t whole = version == 6 ? kIpv6Header + number(headers, 4) : number(headers, 2);
  if (whole > ip_size + tcp_size) facts.data_bytes = static_cast<std::uint16_t>(whole - ip_size - tcp_size);
  read_options(facts, tcp.subspan(kTcpHeader, tcp_size - kTcpHeader));
  return facts;
}

}  // namespace gladhand::net
