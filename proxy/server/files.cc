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

// Empty where no path is given, or where the file cannot be used.
std::string read_authorities(const std::string& path, const config::Place& place, const config::Source& source,
                             std::vector<config::Diagnostic>& problems) {
  if (path.empty()) return {};
  auto loaded = tls::load_authorities(path);
  if (loaded) return *std::move(loaded);
  problems.push_back(source.diagnose(loaded.error().is_unreadable ? Rule::missing_file : Rule::bad_certificate, place, loaded.error().message));
  return {};
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
    if (pair && !certificate.ocsp.empty()) {
      if (auto staple = tls::load_staple(certificate.ocsp, pair->chain_pem)) {
        pair->staple = std::move(*staple);
      } else {
        const Rule rule = staple.error().is_unreadable ? Rule::missing_file : Rule::bad_ocsp;
        problems.push_back(source.diagnose(rule, certificate.ocsp_place, staple.error().message, staple.error().cure));
      }
    }
    files.certificates.push_back(pair ? std::optional(*pair) : std::nullopt);
  }
  for (const config::Upstream& upstream : config.upstreams) {
    files.authorities.push_back(read_authorities(upstream.tls.ca, upstream.tls.ca_place, source, problems));
  }
  for (const config::Listener& listener : config.listeners) {
    files.client_authorities.push_back(read_authorities(listener.tls.client_ca, listener.tls.client_ca_place, source, problems));
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
  files.plugins = filter::Plugins::load(config, source, problems);
  return files;
}

}  // namespace gladhand::server
