// The configuration, and the files that it names.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "cli/doctor_checks.h"
#include "cli/probe_trouble.h"
#include "config/find.h"
#include "config/name.h"
#include "server/files.h"
#include "server/overview.h"
#include "tls/certificate.h"
#include "tls/shown_chain.h"

namespace gladhand::cli {
namespace {

constexpr mode_t kForOthers = 0027;  // a group may read it: the one of the service

std::string at(const config::Place& place, const std::string& message) {
  return place.line ? fmt::format("{}:{}: {}", place.file, place.line, message) : message;
}

// Whether a certificate's name is, or covers, what a route matches: "example.com", "*.example.com".
bool covers(std::string_view name, std::string_view host) {
  if (name == host) return true;
  return name.starts_with("*.") && host.find('.') != std::string_view::npos && name.substr(1) == host.substr(host.find('.'));
}

std::string shell_quoted(const std::string& path) {
  if (path.find_first_of(" '\"\\$&;()<>|*?[]{}`") == std::string::npos) return path;
  std::string text = "'";
  for (const char c : path) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

Finding examine(const config::Certificate& certificate, const tls::CertificatePair& pair) {
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::vector<tls::ShownCertificate> chain = tls::read_certificates(pair.chain_pem);
  const tls::ShownCertificate& leaf = chain.front();
  const std::string who = fmt::format("{} ({})", certificate.name, leaf.names.empty() ? leaf.subject : leaf.names.front());
  const std::string renew = fmt::format("openssl x509 -noout -subject -issuer -dates -in {}", shell_quoted(certificate.cert));
  if (leaf.not_before > now) return {Verdict::warning, fmt::format("{} is not valid before {}", who, date_text(leaf.not_before)), "date"};
  if (leaf.not_after < now + server::Overview::kSoon) {
    return {Verdict::warning, fmt::format("{} ends in {}, on {}: renew it", who, span_text(leaf.not_after - now), date_text(leaf.not_after)), renew};
  }
  if (leaf.names.empty()) return {Verdict::warning, fmt::format("{} has no subject alternative name: no browser takes it", who), renew};
  if (const auto doubt = tls::doubt_of_system(pair.chain_pem)) {
    return {Verdict::warning, fmt::format("{} is not trusted by whoever trusts what this system does: {}; a certificate between it and its authority is missing, or the authority is your own",
                                          who, *doubt),
            fmt::format("gladhand cert show {}", shell_quoted(certificate.cert))};
  }
  return {Verdict::ok, fmt::format("{} is good until {}, in {}, and its chain is complete", who, date_text(leaf.not_after), span_text(leaf.not_after - now))};
}

}  // namespace

void look_at_configuration(const Examined& examined, Findings& findings) {
  const auto found = config::find(examined.asked_path);
  const char* named = std::getenv("GLADHAND_CONFIG");
  if (!found && examined.asked_path.empty() && (!named || !*named)) return findings.push_back({Verdict::ok, "there is none: what depends on it is left out"});
  if (!found) return findings.push_back({Verdict::problem, found.error().message});
  if (examined.config()) return findings.push_back({Verdict::ok, fmt::format("{} is valid", examined.path)});
  for (const config::Diagnostic& wrong : examined.read->diagnostics) {
    findings.push_back({Verdict::problem, at(wrong.place, wrong.message), fmt::format("gladhand validate -c {}", shell_quoted(examined.path))});
  }
}

void look_at_files(const Examined& examined, Findings& findings) {
  if (!examined.config()) return;
  std::vector<config::Diagnostic> problems;
  server::read_files(*examined.config(), examined.read->source, problems);
  for (const config::Diagnostic& wrong : problems) {
    findings.push_back({Verdict::problem, at(wrong.place, wrong.message), fmt::format("gladhand validate -c {}", shell_quoted(examined.path))});
  }
  if (problems.empty()) findings.push_back({Verdict::ok, "those that the configuration names can be used"});
}

// Those that can be read: of the others look_at_files() has told.
void look_at_certificates(const Examined& examined, Findings& findings) {
  if (!examined.config()) return;
  for (const config::Certificate& certificate : examined.config()->certificates) {
    if (const auto pair = tls::load_certificate(certificate.cert, certificate.key)) findings.push_back(examine(certificate, *pair));
  }
}

// Hosts that routes speak of and no certificate is for.
void look_at_names(const Examined& examined, Findings& findings) {
  if (!examined.config()) return;
  std::vector<std::string> names;
  for (const config::Listener& listener : examined.config()->listeners) {
    if (listener.tls.self_signed) return;
    for (const std::uint16_t index : listener.tls.certificate_index) {
      const config::Certificate& certificate = examined.config()->certificates[index];
      const auto pair = tls::load_certificate(certificate.cert, certificate.key);
      if (!pair) return;
      const std::vector<tls::ShownCertificate> chain = tls::read_certificates(pair->chain_pem);
      for (const std::string& name : chain.front().names) names.push_back(config::lower_case(name));
    }
  }
  if (names.empty()) return;
  for (const config::Route& route : examined.config()->routes) {
    for (const std::string& host : route.match.host) {
      const std::string wanted = config::lower_case(host);
      if (std::ranges::any_of(names, [&](const std::string& name) { return covers(name, wanted); })) continue;
      findings.push_back({Verdict::warning, at(route.place, fmt::format("no certificate is for {}, which a route matches", host)),
                          fmt::format("gladhand config explain https://{}/ -c {}", host.starts_with("*.") ? "any" + host.substr(1) : host, shell_quoted(examined.path))});
    }
  }
  if (findings.empty()) findings.push_back({Verdict::ok, "there is a certificate for every host of the routes"});
}

void look_at_secrets(const Examined& examined, Findings& findings) {
  if (!examined.config()) return;
  std::vector<std::string> paths;
  for (const config::Certificate& certificate : examined.config()->certificates) paths.push_back(certificate.key);
  for (const config::Listener& listener : examined.config()->listeners) {
    for (const std::string& path : {listener.tls.tickets, listener.fast_open_key, listener.forward.auth}) paths.push_back(path);
  }
  std::size_t looked_at = 0;
  for (const std::string& path : paths) {
    struct stat file{};
    if (path.empty() || stat(path.c_str(), &file) != 0) continue;
    ++looked_at;
    if (file.st_mode & kForOthers) {
      findings.push_back({Verdict::warning, fmt::format("{} is a secret, and others may use it: its mode is {:04o}", path, file.st_mode & 07777),
                          fmt::format("chmod g-w,o= {}", shell_quoted(path))});
    }
  }
  if (looked_at > 0 && findings.empty()) findings.push_back({Verdict::ok, "only their owner and group may read them"});
}

}  // namespace gladhand::cli
