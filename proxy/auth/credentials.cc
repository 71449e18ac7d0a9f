#include "auth/credentials.h"

#include <strings.h>

#include <algorithm>

#include "tls/base64.h"

namespace gladhand::auth {
namespace {

constexpr std::string_view kScheme = "Basic";

}  // namespace

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<Credentials> read_basic(std::string_view value) {
  if (value.size() > kLongestCredentials || value.size() <= kScheme.size()) return std::nullopt;
  if (strncasecmp(value.data(), kScheme.data(), kScheme.size()) != 0) return std::nullopt;
  value.remove_prefix(kScheme.size());
  if (!value.starts_with(' ')) return std::nullopt;
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  auto user_pass = tls::base64_decoded(value);
  if (!user_pass || has_control(*user_pass)) return std::nullopt;
  const std::size_t colon = user_pass->find(':');
  if (colon == user_pass->npos) return std::nullopt;
  return Credentials{*std::move(user_pass), colon};
}

}  // namespace gladhand::auth
