#include "server/admin_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "http/headers.h"

namespace gladhand::server {
namespace {

using config::Rule;

constexpr std::size_t kLeast = 16;  // shorter ones can be tried out
constexpr std::size_t kMost = 1024;
constexpr std::string_view kScheme = "bearer ";

// b64token of RFC 6750.
bool is_token(std::string_view text) {
  const auto is_allowed = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view("-._~+/=").contains(c); };
  return text.size() >= kLeast && text.size() <= kMost && std::ranges::all_of(text, is_allowed);
}

}  // namespace

std::optional<std::string> read_admin_token(const config::Config& config, const config::Source& source, std::vector<config::Diagnostic>& problems) {
  const config::Server& server = config.server;
  const auto refuse = [&](Rule rule, const config::Place& place, const std::string& message, std::string_view hint) {
    problems.push_back(source.diagnose(rule, place, message, hint));
    return std::nullopt;
  };
  constexpr std::string_view kCure = "`openssl rand -hex 32` makes one";
  if (server.admin_token_file.empty()) {
    if (server.admin_token.empty() || is_token(server.admin_token)) return server.admin_token;
    return refuse(Rule::bad_admin_token, server.admin_token_place, "admin_token is no token", kCure);
  }
  if (!server.admin_token.empty()) return refuse(Rule::bad_admin_token, server.admin_token_file_place, "admin_token and admin_token_file exclude each other", "leave one of them out");
  std::ifstream file(server.admin_token_file);
  if (!file) return refuse(Rule::missing_file, server.admin_token_file_place, fmt::format("cannot read `{}`: {}", server.admin_token_file, std::strerror(errno)), {});
  std::string line(kMost + 2, '\0');  // one too many tells of a token that is too long
  file.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  line.resize(std::min(line.find_first_of("\r\n"), line.size()));
  if (is_token(line)) return line;
  return refuse(Rule::bad_admin_token, server.admin_token_file_place, fmt::format("the first line of `{}` is no token", server.admin_token_file), kCure);
}

bool shows_token(std::string_view authorization, std::string_view token) {
  if (!http::equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return false;
  const std::string_view shown = authorization.substr(kScheme.size());
  if (shown.size() != token.size()) return false;
  volatile unsigned char difference = 0;  // no step may be left out because the outcome is known
  for (std::size_t i = 0; i < token.size(); ++i) difference = static_cast<unsigned char>(difference | (shown[i] ^ token[i]));
  return difference == 0;
}

}  // namespace gladhand::server
