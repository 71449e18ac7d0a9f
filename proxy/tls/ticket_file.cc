#include "tls/ticket_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

namespace gladhand::tls {
namespace {

constexpr std::string_view kCure = "make one with `gladhand tickets new FILE`";
constexpr std::size_t kShortKeyBytes = 48;  // nginx's older kind, for AES-128

std::unexpected<TicketFileProblem> wrong(std::string message) {
  return std::unexpected(TicketFileProblem{false, std::move(message), std::string(kCure)});
}

template <std::size_t N>
std::string_view take(std::string_view bytes, std::array<unsigned char, N>& into) {
  std::memcpy(into.data(), bytes.data(), N);
  return bytes.substr(N);
}

template <std::size_t N>
void append(std::string& bytes, const std::array<unsigned char, N>& from) {
  bytes.append(reinterpret_cast<const char*>(from.data()), N);
}

std::unexpected<std::string> cannot(std::string_view act, const std::string& path) {
  return std::unexpected(fmt::format("cannot {} `{}`: {}", act, path, std::strerror(errno)));
}

// A file that did not exist, complete and on the disk, or none. `like`: whose owner and mode it gets; null: it is ours alone.
std::expected<void, std::string> write_file(const std::string& path, const TicketKeys::Ring& ring, const struct stat* like) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return cannot("create", path);
  std::string bytes = ticket_file_bytes(ring);
  const bool is_same = !like || ((like->st_uid == geteuid() && like->st_gid == getegid()) || fchown(fd, like->st_uid, like->st_gid) == 0);
  const bool is_written = is_same && (!like || fchmod(fd, like->st_mode & 0777) == 0) &&
                          write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && fsync(fd) == 0;
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (close(fd) == 0 && is_written) return {};
  auto error = cannot("write", path);
  unlink(path.c_str());
  return error;
}

}  // namespace

std::expected<TicketKeys::Ring, TicketFileProblem> parse_ticket_keys(std::string_view bytes, std::string_view name) {
  if (bytes.empty()) return wrong(fmt::format("`{}` holds no ticket key", name));
  if (bytes.size() > kMostTicketKeys * kTicketKeyBytes) return wrong(fmt::format("`{}` is larger than {} ticket keys of {} bytes", name, kMostTicketKeys, kTicketKeyBytes));
  if (bytes.size() % kTicketKeyBytes != 0) {
    const char* what = bytes.size() % kShortKeyBytes == 0 ? "holds ticket keys of 48 bytes, for AES-128, which are not used here" : "is no sequence of ticket keys of 80 bytes";
    return wrong(fmt::format("`{}` {}: it has {} bytes", name, what, bytes.size()));
  }
  TicketKeys::Ring ring;
  while (!bytes.empty()) {
    TicketKey& key = ring.emplace_back();
    bytes = take(take(take(bytes, key.name), key.mac_key), key.cipher_key);
    const auto same = std::ranges::find(ring, key.name, &TicketKey::name);
    if (same != ring.end() - 1) return wrong(fmt::format("keys {} and {} of `{}` have the same name", same - ring.begin() + 1, ring.size(), name));
  }
  return ring;
}

std::expected<TicketKeys::Ring, TicketFileProblem> load_ticket_keys(const std::string& path) {
  const auto unreadable = [&](int error) {
    return std::unexpected(TicketFileProblem{true, fmt::format("cannot read `{}`: {}", path, std::strerror(error)), ""});
  };
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (!file) return unreadable(errno);
  std::setvbuf(file, nullptr, _IONBF, 0);  // no copy of a key that nobody wipes
  std::string bytes(kMostTicketKeys * kTicketKeyBytes + 1, '\0');
  const std::size_t size = std::fread(bytes.data(), 1, bytes.size(), file);
  const int error = std::ferror(file) ? errno : 0;
  std::fclose(file);
  if (error) return unreadable(error);
  auto ring = parse_ticket_keys(std::string_view(bytes).substr(0, size), path);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return ring;
}

std::string ticket_file_bytes(const TicketKeys::Ring& ring) {
  std::string bytes;
  bytes.reserve(ring.size() * kTicketKeyBytes);
  for (const TicketKey& key : ring) {
    append(bytes, key.name);
    append(bytes, key.mac_key);
    append(bytes, key.cipher_key);
  }
  return bytes;
}

std::expected<void, std::string> create_ticket_file(const std::string& path, const TicketKeys::Ring& ring) { return write_file(path, ring, nullptr); }

std::expected<void, std::string> replace_ticket_file(const std::string& path, const TicketKeys::Ring& ring) {
  struct stat old {};
  if (stat(path.c_str(), &old) != 0) return cannot("read", path);
  const std::string next = path + ".next";
  if (auto written = write_file(next, ring, &old); !written) return written;
  if (rename(next.c_str(), path.c_str()) == 0) return {};
  auto error = cannot("replace", path);
  unlink(next.c_str());
  return error;
}

TicketKeys::Ring new_ticket_keys() { return {TicketKey::random(), TicketKey::random()}; }

TicketKeys::Ring rotated_ticket_keys(const TicketKeys::Ring& ring) {
  if (ring.size() == 1) return {ring.front(), TicketKey::random()};  // nobody knows another one yet
  return {ring.back(), ring.front(), TicketKey::random()};
}

}  // namespace gladhand::tls
