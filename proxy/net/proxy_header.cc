#include "net/proxy_header.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <cstring>

namespace gladhand::net {
namespace {

constexpr std::string_view kLineStart = "PROXY ";
constexpr std::string_view kBlockStart("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::string_view kEndOfLine = "\r\n";

enum Command : std::uint8_t { kLocal = 0x20, kProxied = 0x21 };  // the version, 2, in the upper half
enum Kind : std::uint8_t { kTcp4 = 0x11, kUdp4 = 0x12, kTcp6 = 0x21, kUdp6 = 0x22, kUnixStream = 0x31, kUnixDatagram = 0x32 };
constexpr std::uint8_t kHighestFamily = 3, kHighestTransport = 2;
constexpr std::uint8_t kCrc32c = 0x03;  // type of a TLV

std::unexpected<Error> bad(std::string_view why) { return failure(Code::bad_proxy_header, why); }

std::uint8_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }
std::uint16_t two_bytes_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>((byte_at(bytes, at) << 8) | byte_at(bytes, at + 1));
}

// ---- version 1

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool has_leading_zero = text.size() > 1 && text.front() == '0';
  if (text.empty() || has_leading_zero || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

std::optional<io::Address> address_of(int family, std::string_view host, std::string_view port_text) {
  const auto port = port_of(port_text);
  if (!port || host.empty()) return std::nullopt;  // no host at all would mean every address
  const auto address = io::Address::numeric(host, *port);
  if (!address || address->family() != family) return std::nullopt;
  return *address;
}

// `line` is what stands between "PROXY " and CRLF.
Expected<ProxyHeader> read_line(std::string_view line) {
  constexpr std::string_view kUnknown = "UNKNOWN";
  if (line == kUnknown || (line.starts_with(kUnknown) && line[kUnknown.size()] == ' ')) return ProxyHeader{};
  std::array<std::string_view, 5> words;
  std::size_t count = 0;
  for (bool is_more = true; is_more; ++count) {
    if (count == words.size()) return bad("more than five words");
    const std::size_t space = line.find(' ');
    words[count] = line.substr(0, space);
    is_more = space != std::string_view::npos;
    if (is_more) line.remove_prefix(space + 1);
  }
  if (count != words.size()) return bad("fewer than five words");
  const auto& [protocol, source, destination, source_port, destination_port] = words;
  if (protocol != "TCP4" && protocol != "TCP6") return bad("neither TCP4 nor TCP6 nor UNKNOWN");
  const int family = protocol == "TCP4" ? AF_INET : AF_INET6;
  const auto client = address_of(family, source, source_port);
  if (!client || !address_of(family, destination, destination_port)) return bad("not an address and a port of that family");
  return ProxyHeader{client};
}

// ---- version 2

// CRC32c (RFC 9260 appendix A), least significant bit first.
constexpr auto kCrcOfByte = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >> 1) ^ 0x82f63b78u : crc >> 1;
    table[i] = crc;
  }
  return table;
}();

// Of a header in which the four bytes from `hole` on count as zeros.
std::uint32_t crc32c(std::string_view header, std::size_t hole) {
  std::uint32_t crc = ~0u;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::uint8_t byte = i - hole < 4 ? 0 : byte_at(header, i);
    crc = kCrcOfByte[(crc ^ byte) & 0xff] ^ (crc >> 8);
  }
  return ~crc;
}

// Of source and destination together. Of other kinds nobody says where their addresses end.
std::size_t address_bytes(std::uint8_t kind) {
  switch (kind) {
    case kTcp4:
    case kUdp4: return 12;
    case kTcp6:
    case kUdp6: return 36;
    case kUnixStream:
    case kUnixDatagram: return 216;
    default: return 0;
  }
}

io::Address source_of(std::uint8_t kind, std::string_view addresses) {
  if (kind == kTcp4) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, addresses.data(), 4);
    v4.sin_port = htons(two_bytes_at(addresses, 8));
    return {reinterpret_cast<const sockaddr*>(&v4), sizeof v4};
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  std::memcpy(&v6.sin6_addr, addresses.data(), 16);
  v6.sin6_port = htons(two_bytes_at(addresses, 32));
  return {reinterpret_cast<const sockaddr*>(&v6), sizeof v6};
}

// Walks over what begins at `at`, whatever it means, and verifies checksums.
Expected<void> check_tlvs(std::string_view header, std::size_t at) {
  while (at < header.size()) {
    if (header.size() - at < 3) return bad("a TLV without a length");
    const std::size_t size = two_bytes_at(header, at + 1), value = at + 3;
    if (header.size() - value < size) return bad("a TLV longer than the header");
    if (byte_at(header, at) == kCrc32c) {
      if (size != 4) return bad("a checksum that is not of four bytes");
      const std::uint32_t told = (std::uint32_t{two_bytes_at(header, value)} << 16) | two_bytes_at(header, value + 2);
      if (told != crc32c(header, value)) return bad("the checksum is wrong");
    }
    at = value + size;
  }
  return {};
}

}  // namespace

Expected<std::optional<ProxyHeader>> ProxyHeaderReader::take(Slice& bytes) {
  while (bytes.size() > 0) {
    const std::size_t before = held_.size();
    held_.append(bytes.view().substr(0, wanted_ - before));
    const auto header = advance();
    if (!header) return header;
    bytes.drop_front(held_.size() - before);
    if (*header) return header;
  }
  return std::nullopt;
}

Expected<std::optional<ProxyHeader>> ProxyHeaderReader::advance() {
  const std::string_view held = held_;
  if (kLineStart.starts_with(held.substr(0, kLineStart.size()))) return advance_line();
  if (kBlockStart.starts_with(held.substr(0, kBlockStart.size()))) return advance_block();
  return failure(Code::missing_proxy_header);
}

// What was held on top of the line, because a version 2 would have been longer, is given back.
Expected<std::optional<ProxyHeader>> ProxyHeaderReader::advance_line() {
  const std::size_t end = held_.find(kEndOfLine);
  if (end == std::string::npos) {
    if (held_.size() == kMostLineBytes) return bad("longer than any header of version 1");
    if (held_.size() == wanted_) wanted_ = kMostLineBytes;
    return std::nullopt;
  }
  held_.resize(end + kEndOfLine.size());
  const auto header = read_line(std::string_view(held_).substr(0, end).substr(kLineStart.size()));
  if (!header) return std::unexpected(header.error());
  return *header;
}

Expected<std::optional<ProxyHeader>> ProxyHeaderReader::advance_block() {
  if (held_.size() < kFixedBytes) return std::nullopt;
  const std::uint8_t command = byte_at(held_, 12), kind = byte_at(held_, 13);
  if (command != kLocal && command != kProxied) return bad("of another version than 2, or neither PROXY nor LOCAL");
  // Of a local connection everything else is to be ignored but the length.
  if (command == kProxied && ((kind >> 4) > kHighestFamily || (kind & 0xf) > kHighestTransport)) return bad("of no family or transport that is known");
  const std::size_t length = two_bytes_at(held_, 14), addresses = address_bytes(kind);
  if (length > addresses + kMostTlvBytes) return bad("longer than the limit");
  wanted_ = kFixedBytes + length;
  if (held_.size() < wanted_) return std::nullopt;
  if (command == kLocal || addresses == 0) return ProxyHeader{};
  if (length < addresses) return bad("shorter than its addresses");
  if (const auto checked = check_tlvs(held_, kFixedBytes + addresses); !checked) return std::unexpected(checked.error());
  if (kind != kTcp4 && kind != kTcp6) return ProxyHeader{};
  return ProxyHeader{source_of(kind, std::string_view(held_).substr(kFixedBytes))};
}

}  // namespace gladhand::net
