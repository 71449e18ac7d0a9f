#include "exchange/router.h"

#include "http/syntax.h"
#include "timeline/records.h"

namespace gladhand::exchange {
namespace {

// "example.com" is itself, "*.example.com" any name below it.
bool matches_host(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with('*')) return http::equals_ignoring_case(pattern, host);
  pattern.remove_prefix(1);
  return host.size() > pattern.size() && http::equals_ignoring_case(pattern, host.substr(host.size() - pattern.size()));
}

// "/api/*" is everything below "/api/" and "/api" itself, "/exact" is itself.
bool matches_path(std::string_view pattern, std::string_view path) {
  if (!pattern.ends_with('*')) return pattern == path;
  pattern.remove_suffix(1);
  return path.starts_with(pattern) || (pattern.ends_with('/') && path == pattern.substr(0, pattern.size() - 1));
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view value, bool (*matches)(std::string_view, std::string_view)) {
  if (patterns.empty()) return true;
  for (const std::string& pattern : patterns) {
    if (matches(pattern, value)) return true;
  }
  return false;
}

Misfit fit(const config::Match& match, std::string_view host, std::string_view path) {
  if (!matches_any(match.host, host, matches_host)) return Misfit::host;
  return matches_any(match.path, path, matches_path) ? Misfit::none : Misfit::path;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

}  // namespace

std::uint16_t Router::match(std::string_view authority, std::string_view target) const {
  const std::string_view host = http::host_of(authority);
  const std::string_view path = path_of(target);
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (fit(routes_[i].match, host, path) == Misfit::none) return static_cast<std::uint16_t>(i);
  }
  return timeline::kNone;
}

Misfit Router::misfit(std::size_t route, std::string_view authority, std::string_view target) const {
  return fit(routes_[route].match, http::host_of(authority), path_of(target));
}

}  // namespace gladhand::exchange
