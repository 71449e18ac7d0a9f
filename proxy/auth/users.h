// The users of one htpasswd file, and whether a password is theirs.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gladhand::auth {

// What is wrong with the text of a file: for a person. Never holds a password or its hash.
struct ParseFault {
  std::size_t line = 0;  // from 1; 0: the text as a whole
  std::string message;
  std::string hint;  // the cure
};

class Users {
 public:
  // One verification takes about a second at this cost, and a thread of libuv's pool with it. Each step more doubles it.
  static constexpr int kHighestBcryptCost = 14;
  static constexpr unsigned kMostShaRounds = 1'000'000;  // of $5$ and $6$: a third of a second

  // Lines of "name:hash", as htpasswd(1) writes them; empty ones and those beginning with # are passed over, and so is white
  // space at either end. A hash is bcrypt ($2y$, $2b$, $2a$), APR's MD5 ($apr1$), SHA-256 or SHA-512 crypt ($5$, $6$) or
  // unsalted SHA-1 ({SHA}). Plain text and DES are refused, and so is whatever could never be verified, a name that stands
  // twice, and a file without users.
  static std::expected<Users, ParseFault> parse(std::string_view text);

  // Blocking: a bcrypt of usual cost takes 50 to 200 ms. From any thread, several at once. An unknown user takes as long as
  // some user of the file, so that time does not tell names. bcrypt looks at the first 72 bytes of a password.
  bool verify(std::string_view user, std::string_view password) const;

  std::size_t size() const { return hashes_.size(); }

  bool operator==(const Users&) const = default;

 private:
  Users() = default;

  std::vector<std::string> hashes_;  // at least one
  std::map<std::string, std::size_t, std::less<>> names_;  // to the place in hashes_
};

// What is wrong with a file of users: text for a person.
struct UsersProblem {
  bool is_unreadable = false;  // the file, that is; false: what it holds
  std::string message;         // names the file, and the line if there is one
  std::string hint;            // the cure; may be empty
};

// Reads and parses. Blocking: for the start of the process, and for reloads.
std::expected<Users, UsersProblem> load_users(const std::string& path);

}  // namespace gladhand::auth
