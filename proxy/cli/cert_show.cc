#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <expected>
#include <filesystem>
#include <optional>

#include "cli/cert.h"
#include "cli/dial.h"
#include "cli/paint.h"
#include "cli/probe_trouble.h"
#include "config/printable.h"
#include "observe/json.h"
#include "server/overview.h"
#include "tls/certificate.h"
#include "tls/fetch.h"
#include "tls/read_file.h"
#include "tls/shown_chain.h"

namespace gladhand::cli {
namespace {

using config::printable;

struct Key {
  std::string path;
  std::string problem;  // empty: it belongs to the certificate
};

struct Shown {
  std::vector<tls::ShownCertificate> chain;
  std::optional<Key> key;
  std::optional<std::string> doubt;  // of a server's, why this system does not trust it
};

using Found = std::expected<Shown, std::string>;

std::optional<Key> key_beside(const std::string& chain_path) {
  const std::filesystem::path path(chain_path);
  for (const std::filesystem::path& candidate : {std::filesystem::path(path).replace_extension(".key"), path.parent_path() / "privkey.pem"}) {
    std::error_code ignored;
    if (candidate == path || !std::filesystem::is_regular_file(candidate, ignored)) continue;
    const auto pair = tls::load_certificate(chain_path, candidate.string());
    return Key{candidate.string(), pair || !pair.error().is_key ? "" : pair.error().message};
  }
  return std::nullopt;
}

Found look_into(const std::string& path) {
  const auto text = tls::read_file(path);
  if (!text) return std::unexpected(text.error());
  Shown shown{tls::read_certificates(*text), {}, {}};
  if (!shown.chain.empty()) shown.key = key_beside(path);
  return shown;
}

Found ask_server(std::string what) {
  constexpr std::string_view kScheme = "https://";
  if (what.starts_with(kScheme)) what.erase(0, kScheme.size());
  what = what.substr(0, what.find('/'));
  const bool has_port = what.rfind(':') != std::string::npos && (what.find(':') == what.rfind(':') || what.find("]:") != std::string::npos);
  const std::string target = has_port ? what : what + ":443";
  std::string host = target.substr(0, target.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const int fd = host.empty() ? -1 : dial(target);
  if (fd < 0) return std::unexpected(fmt::format("`{}` is no file, and nobody answers at {}", what, target));
  auto presented = tls::fetch_chain(fd, host);
  close(fd);
  if (!presented) return std::unexpected(fmt::format("{}: {}", target, presented.error()));
  return Shown{presented->chain.read(), {}, std::move(presented->doubt)};
}

void line(std::string_view key, const std::string& value) { std::puts(fmt::format("  {:<12}  {}", key, value).c_str()); }

void print_one(const tls::ShownCertificate& one, std::chrono::sys_seconds now, bool is_colourful) {
  std::puts(paint(printable(one.subject.empty() ? "(no subject)" : one.subject), Colour::bold, is_colourful).c_str());
  line("issuer", printable(one.issuer) + (one.issuer == one.subject ? " (itself)" : ""));
  if (!one.names.empty()) line("names", printable(fmt::format("{}", fmt::join(one.names, ", "))));
  const auto left = one.not_after - now;
  const bool is_past = left < std::chrono::seconds(0);
  const std::string until = is_past ? fmt::format("expired {} ago", span_text(-left)) : one.not_before > now ? "not valid yet" : fmt::format("{} left", span_text(left));
  const Colour colour = is_past || one.not_before > now ? Colour::red : left < server::Overview::kSoon ? Colour::yellow : Colour::none;
  line("valid", paint(fmt::format("{} to {}, {}", date_text(one.not_before), date_text(one.not_after), until), colour, is_colourful));
  line("key", one.key);
  line("signed by", one.signature);
  line("SHA-256", one.fingerprint);
}

void print_text(const Shown& shown, std::chrono::sys_seconds now) {
  const bool is_colourful = is_coloured(stdout);
  for (const tls::ShownCertificate& one : shown.chain) print_one(one, now, is_colourful);
  if (shown.key) line("key file", shown.key->problem.empty() ? shown.key->path + " belongs to it" : paint(shown.key->problem, Colour::red, is_colourful));
  if (shown.doubt) line("trusted", shown.doubt->empty() ? "by this system, and for this name" : paint("not by this system: " + *shown.doubt, Colour::yellow, is_colourful));
}

void print_json(const Shown& shown, std::chrono::sys_seconds now) {
  observe::Json json;
  json.open();
  json.open_list("certificates");
  for (const tls::ShownCertificate& one : shown.chain) {
    json.open();
    json.text("subject", one.subject);
    json.text("issuer", one.issuer);
    json.open_list("names");
    for (const std::string& name : one.names) json.text({}, name);
    json.close();
    json.timestamp("not_before", one.not_before);
    json.timestamp("not_after", one.not_after);
    const auto left = std::chrono::floor<std::chrono::days>(one.not_after - now).count();
    json.raw("days_left", fmt::to_string(left));  // may be negative
    json.text("key", one.key);
    json.text("signature", one.signature);
    json.text("sha256", one.fingerprint);
    json.close();
  }
  json.close();
  if (shown.key) {
    json.open("key_file");
    json.text("path", shown.key->path);
    json.flag("matches", shown.key->problem.empty());
    json.close();
  }
  if (shown.doubt) json.flag("trusted", shown.doubt->empty());
  std::fputs(std::move(json).finish().c_str(), stdout);
}

}  // namespace

server::Exit run_cert_show(const CertShowOptions& options) {
  std::error_code ignored;
  const Found found = std::filesystem::exists(options.what, ignored) ? look_into(options.what) : ask_server(options.what);
  if (!found) {
    std::fprintf(stderr, "error: %s\n", found.error().c_str());
    return server::Exit::could_not_start;
  }
  if (found->chain.empty()) {
    std::fprintf(stderr, "error: `%s` holds no PEM certificate\n", options.what.c_str());
    return server::Exit::configuration_invalid;
  }
  (options.is_json ? print_json : print_text)(*found, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  return found->key && !found->key->problem.empty() ? server::Exit::configuration_invalid : server::Exit::ok;
}

}  // namespace gladhand::cli
