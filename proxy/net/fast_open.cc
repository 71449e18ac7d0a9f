#include "net/fast_open.h"

#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace gladhand::net {
namespace {

constexpr std::string_view kCure = "make a key with `openssl rand -hex 16`";
constexpr std::size_t kMostBytes = 4096;  // of a file: two keys and what somebody may have to say about them

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<FastOpenKeys::Key> parse_key(std::string_view text) {
  FastOpenKeys::Key key;
  if (text.size() != 2 * key.size()) return std::nullopt;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    key[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return key;
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = std::min(line.find_first_not_of(kBlank), line.size());
  return line.substr(begin, line.find_last_not_of(kBlank) + 1 - begin);
}

std::unexpected<KeyProblem> wrong(std::string message, std::string_view hint = kCure) {
  return std::unexpected(KeyProblem{false, std::move(message), std::string(hint)});
}

}  // namespace

std::expected<FastOpenKeys, KeyProblem> parse_fast_open_keys(std::string_view text, std::string_view name) {
  FastOpenKeys keys;
  std::size_t found = 0;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(whole.size() + 1, text.size()));
    const std::string_view line = trimmed(whole);
    if (line.empty() || line.starts_with('#')) continue;
    const auto key = parse_key(line);
    if (!key) return wrong(fmt::format("line {} of `{}` is not a key of 32 hexadecimal digits", number, name));
    if (found == 2) return wrong(fmt::format("line {} of `{}` is a third key", number, name), "keep the current and the previous one, in this order");
    if (found == 1 && *key == keys.current) return wrong(fmt::format("line {} of `{}` is the same key again", number, name), "remove the line");
    (found == 0 ? keys.current : keys.previous.emplace()) = *key;
    ++found;
  }
  if (found == 0) return wrong(fmt::format("`{}` holds no key", name));
  return keys;
}

std::expected<FastOpenKeys, KeyProblem> load_fast_open_keys(const std::string& path) {
  const auto unreadable = [&](int error) {
    return std::unexpected(KeyProblem{true, fmt::format("cannot read `{}`: {}", path, std::strerror(error)), ""});
  };
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (!file) return unreadable(errno);
  std::string text(kMostBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  const int error = std::ferror(file) ? errno : 0;
  std::fclose(file);
  if (error) return unreadable(error);
  if (text.size() > kMostBytes) return wrong(fmt::format("`{}` is larger than any file of keys", path));
  return parse_fast_open_keys(text, path);
}

bool allow_fast_open(int listening_fd, int queue) {
  return setsockopt(listening_fd, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof queue) == 0;
}

bool use_keys(int listening_fd, const FastOpenKeys& keys) {
  std::array<unsigned char, 2 * sizeof(FastOpenKeys::Key)> both;
  std::ranges::copy(keys.current, both.begin());
  if (keys.previous) std::ranges::copy(*keys.previous, both.begin() + sizeof(FastOpenKeys::Key));
  const auto size = static_cast<socklen_t>(keys.previous ? both.size() : sizeof(FastOpenKeys::Key));
  return setsockopt(listening_fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, both.data(), size) == 0;
}

}  // namespace gladhand::net
