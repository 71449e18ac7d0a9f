#include "server/files.h"

namespace gladhand::server {

using config::Rule;

namespace {

std::optional<net::FastOpenKeys> read_keys(const config::Listener& listener, const config::Source& source, std::vector<config::Diagnostic>& problems) {
  if (listener.fast_open_key.empty()) return std::nullopt;
  const auto keys = net::load_fast_open_keys(listener.fast_open_key);
  if (keys) return *keys;
  const Rule rule = keys.error().is_unreadable ? Rule::missing_file : Rule::bad_fast_open_key;
  problems.push_back(source.diagnose(rule, listener.fast_open_key_place, keys.error().message, keys.error().hint));
  return std::nullopt;
}

}  // namespace

Files read_files(const config::Config& config, const config::Source& source, std::vector<config::Diagnostic>& problems) {
  Files files;
  for (const config::Certificate& certificate : config.certificates) {
    auto pair = tls::load_certificate(certificate.cert, certificate.key);
    if (!pair) {
      const config::Place& place = pair.error().is_key ? certificate.key_place : certificate.cert_place;
      problems.push_back(source.diagnose(Rule::bad_certificate, place, pair.error().message));
    }
    files.certificates.push_back(pair ? std::optional(*pair) : std::nullopt);
  }
  for (const config::Upstream& upstream : config.upstreams) {
    std::string authorities;
    if (!upstream.tls.ca.empty()) {
      if (auto loaded = tls::load_authorities(upstream.tls.ca)) {
        authorities = std::move(*loaded);
      } else {
        const Rule rule = loaded.error().is_unreadable ? Rule::missing_file : Rule::bad_certificate;
        problems.push_back(source.diagnose(rule, upstream.tls.ca_place, loaded.error().message));
      }
    }
    files.authorities.push_back(std::move(authorities));
  }
  for (const config::Listener& listener : config.listeners) {
    files.fast_open_keys.push_back(read_keys(listener, source, problems));
    files.users.push_back(nullptr);
    if (listener.forward.auth.empty()) continue;
    if (auto users = auth::load_users(listener.forward.auth)) {
      files.users.back() = std::make_shared<const auth::Users>(std::move(*users));
    } else {
      const Rule rule = users.error().is_unreadable ? Rule::missing_file : Rule::bad_users;
      problems.push_back(source.diagnose(rule, listener.forward.auth_place, users.error().message, users.error().hint));
    }
  }
  return files;
}

}  // namespace gladhand::server
