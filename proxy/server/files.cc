#include "server/files.h"

#include <functional>
#include <set>

#include "server/admin_token.h"
#include "tls/ticket_file.h"

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

std::shared_ptr<const tls::TicketKeys> read_tickets(const config::Listener& listener, const config::Source& source, std::vector<config::Diagnostic>& problems) {
  if (listener.tls.tickets.empty()) return nullptr;
  auto ring = tls::load_ticket_keys(listener.tls.tickets);
  if (ring) return std::make_shared<const tls::TicketKeys>(*std::move(ring));
  const Rule rule = ring.error().is_unreadable ? Rule::missing_file : Rule::bad_ticket_keys;
  problems.push_back(source.diagnose(rule, listener.tls.tickets_place, ring.error().message, ring.error().hint));
  return nullptr;
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

std::optional<tls::CertificatePair> read_certificate(const config::Certificate& certificate, const config::Source& source,
                                                     std::vector<config::Diagnostic>& problems) {
  auto pair = tls::load_certificate(certificate.cert, certificate.key);
  if (!pair) {
    const config::Place& place = pair.error().is_key ? certificate.key_place : certificate.cert_place;
    problems.push_back(source.diagnose(Rule::bad_certificate, place, pair.error().message));
    return std::nullopt;
  }
  if (certificate.ocsp.empty()) return *std::move(pair);
  auto staple = tls::load_staple(certificate.ocsp, pair->chain_pem);
  if (!staple) {
    const Rule rule = staple.error().is_unreadable ? Rule::missing_file : Rule::bad_ocsp;
    problems.push_back(source.diagnose(rule, certificate.ocsp_place, staple.error().message, staple.error().cure));
    return std::nullopt;
  }
  pair->staple = *std::move(staple);
  return *std::move(pair);
}

std::shared_ptr<const auth::Users> read_users(const config::Forward& forward, const config::Source& source, std::vector<config::Diagnostic>& problems) {
  if (forward.auth.empty()) return nullptr;
  auto users = auth::load_users(forward.auth);
  if (users) return std::make_shared<const auth::Users>(*std::move(users));
  const Rule rule = users.error().is_unreadable ? Rule::missing_file : Rule::bad_users;
  problems.push_back(source.diagnose(rule, forward.auth_place, users.error().message, users.error().hint));
  return nullptr;
}

bool is_same_users(const std::shared_ptr<const auth::Users>& a, const std::shared_ptr<const auth::Users>& b) {
  return a == b || (a && b && *a == *b);
}

bool is_same_tickets(const std::shared_ptr<const tls::TicketKeys>& a, const std::shared_ptr<const tls::TicketKeys>& b) {
  return a == b || (a && b && *a->ring() == *b->ring());
}

template <class Item>
std::size_t count_differences(const std::vector<Item>& a, const std::vector<Item>& b, auto is_same) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += !is_same(a[i], b[i]);
  return count;
}

}  // namespace

std::size_t Files::count_changed(const Files& since) const {
  return count_differences(certificates, since.certificates, std::equal_to()) + count_differences(client_authorities, since.client_authorities, std::equal_to()) +
         count_differences(authorities, since.authorities, std::equal_to()) + count_differences(users, since.users, is_same_users) +
         count_differences(ticket_keys, since.ticket_keys, is_same_tickets) + (admin_token != since.admin_token);
}

Files read_files(const config::Config& config, const config::Source& source, std::vector<config::Diagnostic>& problems, const Files* kept) {
  Files files;
  // Instead of what could not be read.
  const auto or_kept = [&](auto read, auto Files::*of, std::size_t index) {
    return read || !kept ? std::move(read) : (kept->*of)[index];
  };
  const auto authorities = [&](const std::string& path, const config::Place& place, auto Files::*of, std::size_t index) {
    std::string read = read_authorities(path, place, source, problems);
    return read.empty() && kept ? (kept->*of)[index] : std::move(read);
  };
  files.admin_token = read_admin_token(config, source, problems).value_or(kept ? kept->admin_token : "");
  for (std::size_t i = 0; i < config.certificates.size(); ++i) {
    files.certificates.push_back(or_kept(read_certificate(config.certificates[i], source, problems), &Files::certificates, i));
  }
  for (std::size_t i = 0; i < config.upstreams.size(); ++i) {
    const config::UpstreamTls& tls = config.upstreams[i].tls;
    files.authorities.push_back(authorities(tls.ca, tls.ca_place, &Files::authorities, i));
  }
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const config::Listener& listener = config.listeners[i];
    files.client_authorities.push_back(authorities(listener.tls.client_ca, listener.tls.client_ca_place, &Files::client_authorities, i));
    files.users.push_back(or_kept(read_users(listener.forward, source, problems), &Files::users, i));
    files.ticket_keys.push_back(or_kept(read_tickets(listener, source, problems), &Files::ticket_keys, i));
    files.fast_open_keys.push_back(kept ? kept->fast_open_keys[i] : read_keys(listener, source, problems));
  }
  files.plugins = kept ? kept->plugins : filter::Plugins::load(config, source, problems);
  return files;
}

std::vector<std::string> paths_of(const config::Config& config) {
  std::set<std::string> paths;
  for (const config::Certificate& certificate : config.certificates) paths.insert({certificate.cert, certificate.key, certificate.ocsp});
  for (const config::Upstream& upstream : config.upstreams) paths.insert(upstream.tls.ca);
  for (const config::Listener& listener : config.listeners) paths.insert({listener.tls.client_ca, listener.tls.tickets, listener.forward.auth});
  paths.insert(config.server.admin_token_file);
  paths.erase("");
  return {paths.begin(), paths.end()};
}

}  // namespace gladhand::server
