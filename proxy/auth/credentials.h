// What a client says who it is, by the Basic scheme (RFC 7617).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gladhand::auth {

inline constexpr std::size_t kLongestCredentials = 1024;  // bytes of the field's value

struct Credentials {
  std::string user_pass;  // "user:password", as RFC 7617 calls it
  std::size_t colon = 0;  // the first one: a password may hold more

  std::string_view user() const { return std::string_view(user_pass).substr(0, colon); }
  std::string_view password() const { return std::string_view(user_pass).substr(colon + 1); }
};

// Whether a control character is in `text`, which neither a user's name nor a password can hold.
bool has_control(std::string_view text);

// Reads the value of Authorization or Proxy-Authorization. Nothing, if it is another scheme's, longer than
// kLongestCredentials, not base64 to the letter, without a colon, or has a control character within. Bytes above 0x7f pass
// as they are; user and password may be empty.
std::optional<Credentials> read_basic(std::string_view field_value);

}  // namespace gladhand::auth
