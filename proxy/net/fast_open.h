// TCP Fast Open on listening sockets (RFC 7413): the queue, and the keys that cookies are made with.
#pragma once

#include <array>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace gladhand::net {

// Cookies are made with the current key, and those of either are accepted: so a new key can be brought to one replica after
// the other. Put it second everywhere, then first, then drop the old one.
struct FastOpenKeys {
  using Key = std::array<unsigned char, 16>;
  Key current{};
  std::optional<Key> previous;

  bool operator==(const FastOpenKeys&) const = default;
};

// What is wrong with a file of keys: text for a person, which never holds a key.
struct KeyProblem {
  bool is_unreadable = false;  // the file, that is; false: what it holds
  std::string message;         // names the file, and the line if there is one
  std::string hint;            // the cure; may be empty

  bool operator==(const KeyProblem&) const = default;
};

// One or two lines of 32 hexadecimal digits, the current key first. Empty lines and those that begin with # are passed over.
// `name` is what messages call the file.
std::expected<FastOpenKeys, KeyProblem> parse_fast_open_keys(std::string_view text, std::string_view name);
// Reads and parses. Blocking.
std::expected<FastOpenKeys, KeyProblem> load_fast_open_keys(const std::string& path);

// At most `queue` connections of each socket may have brought data before they are established. From any thread, at any time
// in a listening socket's life. False: the kernel cannot; errno says why.
bool allow_fast_open(int listening_fd, int queue);
bool use_keys(int listening_fd, const FastOpenKeys& keys);

}  // namespace gladhand::net
