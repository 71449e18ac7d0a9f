#include "auth/users.h"

#include <apr_md5.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>

#include "auth/credentials.h"

namespace gladhand::auth {
namespace {

constexpr std::string_view kBetterHash = "replace it by one of `htpasswd -B FILE NAME`";
constexpr std::string_view kBlank = " \t\r";

struct Fault {
  std::string message;
  std::string hint = std::string(kBetterHash);
};

// Takes `prefix` off the front of `text`.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::string_view take_until(std::string_view& text, char end) {
  const std::string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// Whether `text` is `size` digits of the base 64 that crypt(3) writes with.
bool is_digest(std::string_view text, std::size_t size) {
  return text.size() == size && std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '.' || c == '/'; });
}

bool is_salt(std::string_view text, std::size_t most) { return text.size() <= most && is_digest(text, text.size()); }

std::optional<Fault> check_bcrypt(std::string_view rest) {
  const std::string_view digits = take_until(rest, '$');
  const auto cost = number(digits);
  if (digits.size() != 2 || !cost || *cost < 4 || *cost > 31 || !is_digest(rest, 53)) return Fault{"is not a whole bcrypt hash"};
  if (*cost <= Users::kHighestBcryptCost) return std::nullopt;
  return Fault{fmt::format("has a bcrypt hash of cost {}, which would take seconds to verify", *cost),
               fmt::format("the highest cost is {}: make it anew with `htpasswd -B -C 12 FILE NAME`", Users::kHighestBcryptCost)};
}

std::optional<Fault> check_apr1(std::string_view rest) {
  const bool has_salt = is_salt(take_until(rest, '$'), 8);
  return has_salt && is_digest(rest, 22) ? std::nullopt : std::optional(Fault{"is not a whole $apr1$ hash"});
}

// $5$ and $6$, which differ in their digests' size.
std::optional<Fault> check_sha_crypt(std::string_view rest, std::size_t size) {
  if (take(rest, "rounds=")) {
    const std::string_view digits = take_until(rest, '$');
    const auto rounds = number(digits);
    if (!rounds || digits.starts_with('0') || *rounds < 1000) return Fault{"has a number of rounds that is none, or below 1000"};
    if (*rounds > Users::kMostShaRounds) {
      return Fault{fmt::format("has a hash of {} rounds, which would take too long to verify", *rounds),
                   fmt::format("{} rounds are the most; {}", Users::kMostShaRounds, kBetterHash)};
    }
  }
  const bool has_salt = is_salt(take_until(rest, '$'), 16);
  return has_salt && is_digest(rest, size) ? std::nullopt : std::optional(Fault{"is not a whole $5$ or $6$ hash"});
}

std::optional<Fault> check_sha1(std::string_view rest) {
  const bool is_whole = rest.size() == 28 && rest.ends_with('=') &&
                        std::ranges::all_of(rest.substr(0, 27), [](char c) { return is_alphanumeric(c) || c == '+' || c == '/'; });
  return is_whole ? std::nullopt : std::optional(Fault{"is not a whole {SHA} hash"});
}

// What is wrong with a hash, said of it: "is", "has".
std::optional<Fault> check_hash(std::string_view hash) {
  if (take(hash, "$2y$") || take(hash, "$2b$") || take(hash, "$2a$")) return check_bcrypt(hash);
  if (take(hash, "$apr1$")) return check_apr1(hash);
  if (take(hash, "$5$")) return check_sha_crypt(hash, 43);
  if (take(hash, "$6$")) return check_sha_crypt(hash, 86);
  if (take(hash, "{SHA}")) return check_sha1(hash);
  if (hash.empty()) return Fault{"is empty"};
  if (hash.starts_with('$') || hash.starts_with('{')) return Fault{"is a hash of a kind that is not accepted"};
  return Fault{"is plain text or a DES hash, which protect nothing"};
}

std::string_view trimmed(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(kBlank);
  return begin == line.npos ? std::string_view() : line.substr(begin, line.find_last_not_of(kBlank) - begin + 1);
}

}  // namespace

std::expected<Users, ParseFault> Users::parse(std::string_view text) {
  Users users;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = trimmed(take_until(text, '\n'));
    if (line.empty() || line.starts_with('#')) continue;
    const auto fault = [number](std::string message, std::string_view hint) {
      return std::unexpected(ParseFault{number, std::move(message), std::string(hint)});
    };
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return fault("is not `name:hash`", "write lines as `htpasswd -B FILE NAME` does");
    const std::string_view name = line.substr(0, colon);
    if (name.empty()) return fault("has no name before the colon", "write lines as `htpasswd -B FILE NAME` does");
    if (has_control(name)) return fault("has a control character in its name", "no client can send such a name: write it anew");
    if (const auto wrong = check_hash(line.substr(colon + 1))) return fault(fmt::format("the password of `{}` {}", name, wrong->message), wrong->hint);
    if (!users.names_.emplace(name, users.hashes_.size()).second) return fault(fmt::format("names `{}` a second time", name), "keep one of the lines");
    users.hashes_.emplace_back(line.substr(colon + 1));
  }
  if (users.hashes_.empty()) return std::unexpected(ParseFault{0, "names no user", "add one with `htpasswd -B FILE NAME`"});
  return users;
}

// apr_password_validate needs no lock. bcrypt, $apr1$ and {SHA} are code of its own that works on its stack; for the others
// it calls crypt_r() with memory on its stack (33 KB), not crypt(), in libaprutil as Debian 12 builds it.
bool Users::verify(std::string_view user, std::string_view password) const {
  const auto found = names_.find(user);
  const bool is_known = found != names_.end();
  // A name that is not there has always the same hash to be slow by, as one that is there: files may mix kinds and costs.
  const std::size_t place = is_known ? found->second : std::hash<std::string_view>()(user) % hashes_.size();
  const bool fits = apr_password_validate(std::string(password).c_str(), hashes_[place].c_str()) == APR_SUCCESS;
  return fits && is_known && password.find('\0') == password.npos;  // behind a NUL nobody looked
}

std::expected<Users, UsersProblem> load_users(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  for (std::array<char, 4096> block; file.read(block.data(), block.size()), file.gcount() > 0;) {
    text.append(block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad()) return std::unexpected(UsersProblem{true, fmt::format("cannot read `{}`: {}", path, std::strerror(errno)), {}});
  auto users = Users::parse(text);
  if (users) return *std::move(users);
  ParseFault& fault = users.error();
  const std::string where = fault.line == 0 ? fmt::format("`{}`", path) : fmt::format("line {} of `{}`", fault.line, path);
  return std::unexpected(UsersProblem{false, fmt::format("{}: {}", where, fault.message), std::move(fault.hint)});
}

}  // namespace gladhand::auth
