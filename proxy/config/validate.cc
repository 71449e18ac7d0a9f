#include "config/validate.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "config/access_log.h"
#include "config/address.h"
#include "config/forward.h"
#include "config/health.h"
#include "config/name.h"
#include "config/pattern.h"
#include "config/printable.h"
#include "config/suggest.h"

namespace gladhand::config {

namespace {

constexpr std::string_view kAdminPath = "server.admin";

bool is_url(std::string_view text) { return text.contains("://"); }

// By an earlier validation, for a route to a URL.
bool is_made_for_url(const Upstream& u) {
  return is_url(u.name) && u.endpoints.size() == 1 && u.endpoints[0].url == u.name;
}
bool is_made_for_url(const Certificate&) { return false; }

class Validator {
 public:
  Validator(Config& config, Report& report) : config_(config), report_(report) {}

  void run() {
    server();
    check_access_log(config_.log.access, report_);
    certificates();
    listeners();
    drop_forward_upstreams(config_);
    upstreams();
    routes();
    // Last, so that no route can refer to them.
    make_forward_upstreams(config_, report_);
  }

 private:
  using Index = std::map<std::string, std::size_t, std::less<>>;

  void server();
  void certificates();
  void listeners();
  void listener(Listener& listener, const std::string& path);
  void tls(Tls& tls, const std::string& path);
  // Its index; nothing if there is no such one, which has been reported.
  std::optional<std::uint16_t> certificate(std::string_view name, const std::string& path);
  void networks(std::vector<std::string>& list, const std::string& path);
  void listener_names();
  void upstreams();
  void endpoint(Endpoint& endpoint, const std::string& path);
  void upstream_tls(Upstream& upstream, const std::string& path);
  void routes();
  void redirect(Listener& listener, const std::string& path);
  void match(const Match& match, const std::string& path);
  void prefix(const std::string& text, const std::string& path);
  void target(Route& route, const std::string& path);
  void origins(const std::vector<std::string>& list, const std::string& path);
  std::optional<Fault> undefined_upstream(std::string_view name) const;
  // `if_none` is the hint if there is nothing that could have been meant.
  Fault undefined(std::string_view noun, std::string_view name, const Index& index, std::string_view if_none) const;

  // Splits, and sees that no two sockets are asked for one address.
  void address(std::string_view text, std::string_view path);
  template <class Named>
  Index index(const std::vector<Named>& items, std::string_view key, std::string_view noun);

  Config& config_;
  Report& report_;
  Index certificate_names_;
  Index upstream_names_;
  std::map<std::string, std::string> addresses_;  // without differences of spelling, and who has it
};

// The last of two equal addresses is reported. IPv6 hosts are compared by their bits.
std::string comparable(const HostPort& address) {
  if (is_ipv6(address.host)) {
    return fmt::format("[{}]:{}", normal_cidr(address.host).value_or(address.host), address.port);
  }
  return fmt::format("{}:{}", lower_case(address.host), address.port);
}

void Validator::address(std::string_view text, std::string_view path) {
  const auto split = split_address(text);
  if (!split) return report_.add(path, split.error());
  if (split->port == 0) return;  // the kernel finds one that is free
  const auto [other, is_new] = addresses_.emplace(comparable(*split), path);
  if (is_new) return;
  Fault fault{Rule::duplicate, fmt::format("{} is listened on twice", back_quoted(text))};
  if (other->second == kAdminPath && config_.server.admin_place.line == 0) {
    fault.hint = "it is the default of `admin` in [server]";
  } else if (const Place first = report_.source().at(other->second); first.line > 0) {
    fault.hint = fmt::format("first in {}", where(first, report_.source().at(path)));
  }
  report_.add(path, fault);
}

template <class Named>
Validator::Index Validator::index(const std::vector<Named>& items, std::string_view key, std::string_view noun) {
  if (items.size() > kMostReferred) {
    report_.add(key, {Rule::too_many, fmt::format("more than {} of [{}.NAME]", kMostReferred, key)});
  }
  Index found;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string path = fmt::format("{}[{}]", key, i);
    if (!is_name(items[i].name) && !is_made_for_url(items[i])) report_.add(path, bad_name(items[i].name));
    if (!found.emplace(items[i].name, i).second) {
      report_.add(path, {Rule::duplicate, fmt::format("{} {} is defined twice", noun, back_quoted(items[i].name)), "give one of the two another name"});
    }
  }
  return found;
}

void Validator::server() {
  if (config_.server.admin == "off") config_.server.admin.clear();
  if (!config_.server.admin.empty()) address(config_.server.admin, kAdminPath);
  for (std::size_t i = 0; i < config_.server.admin_hosts.size(); ++i) {
    const std::string& name = config_.server.admin_hosts[i];
    if (is_host_name(name)) continue;
    report_.add(fmt::format("server.admin_hosts[{}]", i), {Rule::bad_server_name, fmt::format("{} is no host name", back_quoted(name)),
                                                           "write the name alone, without scheme and port"});
  }
}

void Validator::certificates() {
  certificate_names_ = index(config_.certificates, "certificate", "certificate");
  for (std::size_t i = 0; i < config_.certificates.size(); ++i) {
    const Certificate& c = config_.certificates[i];
    for (const auto& [key, file] : {std::pair("cert", &c.cert), std::pair("key", &c.key)}) {
      if (!file->empty()) continue;
      report_.add(fmt::format("certificate[{}].{}", i, key),
                  {Rule::missing_key, fmt::format("certificate {} has no {}", back_quoted(c.name), back_quoted(key))});
    }
  }
}

// ---- Listeners ------------------------------------------------------------------------------------------------------

void Validator::listeners() {
  if (config_.listeners.empty()) {
    report_.add("listener",
                {Rule::no_listener, "there is no [[listener]]", "add one: [[listener]] address = \":8080\""});
  }
  for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
    listener(config_.listeners[i], fmt::format("listener[{}]", i));
  }
  listener_names();
}

void Validator::listener(Listener& l, const std::string& path) {
  if (l.address.empty()) {
    report_.add(path + ".address", {Rule::missing_key, "[[listener]] has no `address`"});
  } else {
    address(l.address, path + ".address");
  }
  if (l.has_tls) tls(l.tls, path + ".tls");
  if (!l.fast_open_key.empty() && l.fast_open == 0) {
    report_.add(path + ".fast_open_key", {Rule::fast_open_unused, "a key for cookies that are never given out",
                                          "add `fast_open = 256` to the listener, or remove the key"});
  }
  check_forward(l, path, report_);
  if (l.redirect == Redirect::https) redirect(l, path + ".redirect");
  networks(l.trusted_proxies, path + ".trusted_proxies");
  networks(l.proxy_protocol, path + ".proxy_protocol");
}

void Validator::redirect(Listener& l, const std::string& path) {
  const auto bad = [&](std::string_view why, std::string_view hint) { report_.add(path, {Rule::bad_redirect, std::string(why), std::string(hint)}); };
  if (l.has_tls) return bad("a listener that speaks TLS would redirect to itself", "remove `tls`, or `redirect`");
  if (l.mode == Mode::forward) return bad("a forward proxy does not redirect", "remove `redirect`, or `mode`");
  const auto found = std::ranges::find_if(config_.listeners, [](const Listener& other) { return other.has_tls && other.mode == Mode::reverse; });
  if (found == config_.listeners.end()) return bad("there is no listener that speaks TLS", "add `tls` to another [[listener]]");
  const auto to = split_address(found->address);
  if (!to) return;  // has been reported
  if (to->port == 0) return bad("the port of the listener that speaks TLS is not known before the start", "give it a port");
  l.redirect_port = to->port;
}

void Validator::tls(Tls& t, const std::string& path) {
  t.certificate_index.clear();
  if (t.certificates.empty() && !t.self_signed) {
    report_.add(path + ".self_signed", {Rule::no_certificate, "TLS without a certificate",
                                        "name `certificates`, or set `self_signed = true` to try things out"});
  }
  if (!t.certificates.empty() && t.self_signed) {
    report_.add(
        path + ".self_signed",
        {Rule::two_certificates, "`certificates` are named, so `self_signed` has no meaning", "remove one of the two"});
  }
  if (t.early_data && !t.tickets.empty()) {
    report_.add(path + ".tickets", {Rule::early_data_shared,
                                    "`early_data` and shared `tickets` exclude each other: what one replica has taken, another would take again",
                                    "remove one of the two"});
  }
  for (std::size_t i = 0; i < t.certificates.size(); ++i) {
    const std::string& name = t.certificates[i];
    const std::string place = fmt::format("{}.certificates[{}]", path, i);
    const auto found = certificate(name, place);
    if (!found) continue;
    if (std::ranges::find(t.certificate_index, *found) != t.certificate_index.end()) {
      report_.add(place, {Rule::duplicate, fmt::format("certificate {} is named twice", back_quoted(name)), "remove one of the two"});
    } else {
      t.certificate_index.push_back(*found);
    }
  }
}

std::optional<std::uint16_t> Validator::certificate(std::string_view name, const std::string& path) {
  const auto found = certificate_names_.find(name);
  if (found != certificate_names_.end()) return static_cast<std::uint16_t>(found->second);
  const std::string hint = fmt::format("define it: [certificate.{}]", is_name(name) ? name : "NAME");
  report_.add(path, undefined("certificate", name, certificate_names_, hint));
  return std::nullopt;
}

void Validator::networks(std::vector<std::string>& list, const std::string& path) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto network = normal_cidr(list[i]);
    if (network) {
      list[i] = *std::move(network);
    } else {
      report_.add(fmt::format("{}[{}]", path, i), network.error());
    }
  }
}

void Validator::listener_names() {
  std::map<std::string, std::size_t> defaults;  // how many listeners are named after an address so far
  std::map<std::string, std::string, std::less<>> chosen;  // and the path of who has it
  for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
    Listener& l = config_.listeners[i];
    const std::string path = fmt::format("listener[{}].name", i);
    // What an earlier validation made up is not what somebody chose.
    if (l.name.empty() || l.name == l.address || l.name.starts_with(l.address + "#")) {
      const std::size_t number = ++defaults[l.address];
      l.name = number == 1 ? l.address : fmt::format("{}#{}", l.address, number);
    } else if (!is_name(l.name)) {
      report_.add(path, bad_name(l.name));
    } else if (const auto [other, is_new] = chosen.emplace(l.name, path); !is_new) {
      const Place first = report_.source().at(other->second);
      const std::string which = first.line > 0 ? fmt::format("first in {}; ", where(first, report_.source().at(path))) : "";
      report_.add(path, {Rule::duplicate, fmt::format("two listeners are named {}", back_quoted(l.name)), which + "give one of the two another name"});
    }
  }
}

// ---- Upstreams and routes -------------------------------------------------------------------------------------------

void Validator::upstreams() {
  upstream_names_ = index(config_.upstreams, "upstream", "upstream");
  for (std::size_t i = 0; i < config_.upstreams.size(); ++i) {
    Upstream& u = config_.upstreams[i];
    const std::string path = fmt::format("upstream[{}]", i);
    if (u.endpoints.empty()) {
      report_.add(path + ".endpoints",
                  {Rule::missing_key, fmt::format("upstream {} has no endpoint", back_quoted(u.name))});
    }
    for (std::size_t e = 0; e < u.endpoints.size(); ++e) {
      endpoint(u.endpoints[e], fmt::format("{}.endpoints[{}]", path, e));
    }
    if (u.has_tls) upstream_tls(u, path + ".tls");
    if (u.has_health) check_health(u.health, path + ".health", report_);
    const auto is_h2c = [](const Endpoint& e) { return e.scheme == Scheme::h2c; };
    if (u.fast_open && !u.endpoints.empty() && std::ranges::all_of(u.endpoints, is_h2c)) {
      report_.add(path + ".fast_open", {Rule::fast_open_unused, fmt::format("upstream {} has h2c:// endpoints only, with which nothing leaves in a SYN", back_quoted(u.name)),
                                        "remove `fast_open`"});
    }
    if (!u.sticky.cookie.empty() && !is_cookie_name(u.sticky.cookie)) {
      report_.add(path + ".sticky.cookie", bad_cookie_name(u.sticky.cookie));
    }
  }
}

void Validator::endpoint(Endpoint& e, const std::string& path) {
  auto split = split_endpoint(e.url);
  if (!split) return report_.add(path, split.error());
  e.scheme = split->scheme;
  e.host = std::move(split->host);
  e.port = split->port;
}

void Validator::upstream_tls(Upstream& u, const std::string& path) {
  // One that is not an endpoint at all may have been meant to be https://.
  const bool may_speak_tls = std::ranges::any_of(
      u.endpoints, [](const Endpoint& e) { return e.scheme == Scheme::https || e.host.empty(); });
  if (!may_speak_tls && !u.endpoints.empty()) {
    report_.add(path, {Rule::tls_without_https,
                       fmt::format("upstream {} has no https:// endpoint", back_quoted(u.name)),
                       "write https:// in `endpoints`, or remove `tls`"});
  }
  UpstreamTls& t = u.tls;
  if (!t.server_name.empty() && !is_host_name(t.server_name) && !is_ipv6(t.server_name)) {
    report_.add(path + ".server_name",
                {Rule::bad_server_name,
                 fmt::format("{} is neither a host name nor an IP address", back_quoted(t.server_name))});
  }
  t.certificate_index.reset();
  if (!t.certificate.empty()) t.certificate_index = certificate(t.certificate, path + ".certificate");
}

void Validator::routes() {
  if (config_.routes.empty() && !has_only_forward_listeners(config_, report_)) {
    report_.add("route",
                {Rule::no_route, "there is no [[route]]", "add one: [[route]] upstream = \"http://127.0.0.1:3000\""});
  }
  for (std::size_t i = 0; i < config_.routes.size(); ++i) {
    const std::string path = fmt::format("route[{}]", i);
    match(config_.routes[i].match, path + ".match");
    target(config_.routes[i], path);
    prefix(config_.routes[i].rewrite.strip_prefix, path + ".rewrite.strip_prefix");
    prefix(config_.routes[i].rewrite.add_prefix, path + ".rewrite.add_prefix");
    origins(config_.routes[i].timing_allow_origin, path + ".timing_allow_origin");
  }
}

void Validator::prefix(const std::string& text, const std::string& path) {
  if (text.empty()) return;
  if (const auto fault = check_path_prefix(text)) report_.add(path, *fault);
}

void Validator::match(const Match& m, const std::string& path) {
  for (std::size_t i = 0; i < m.host.size(); ++i) {
    if (const auto fault = check_host_pattern(m.host[i])) report_.add(fmt::format("{}.host[{}]", path, i), *fault);
  }
  for (std::size_t i = 0; i < m.path.size(); ++i) {
    if (const auto fault = check_path_pattern(m.path[i])) report_.add(fmt::format("{}.path[{}]", path, i), *fault);
  }
}

void Validator::origins(const std::vector<std::string>& list, const std::string& path) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (const auto fault = check_origin(list[i])) report_.add(fmt::format("{}[{}]", path, i), *fault);
  }
}

void Validator::target(Route& r, const std::string& path) {
  const std::string place = path + ".upstream";
  if (r.upstream.empty()) return report_.add(place, {Rule::missing_key, "[[route]] has no `upstream`"});
  auto found = upstream_names_.find(r.upstream);
  if (found == upstream_names_.end()) {
    if (const auto fault = undefined_upstream(r.upstream)) return report_.add(place, *fault);
    Upstream made{.name = r.upstream, .endpoints = {{.url = r.upstream}}, .place = report_.source().at(place)};
    made.endpoints[0].place = made.place;
    endpoint(made.endpoints[0], place);
    const auto index = add_upstream(config_, std::move(made), place, report_);
    if (!index) return;
    found = upstream_names_.emplace(r.upstream, *index).first;
  }
  r.upstream_index = static_cast<std::uint16_t>(found->second);
}

std::optional<Fault> Validator::undefined_upstream(std::string_view name) const {
  if (is_url(name)) {
    auto split = split_endpoint(name);
    return split ? std::nullopt : std::optional(std::move(split.error()));
  }
  Fault fault = undefined("upstream", name, upstream_names_, "define it, or write a URL: \"http://127.0.0.1:3000\"");
  if (const auto split = split_address(name); split && !split->host.empty()) {
    fault.hint = fmt::format("did you mean \"http://{}\"?", name);
  }
  return fault;
}

Fault Validator::undefined(std::string_view noun, std::string_view name, const Index& index,
                           std::string_view if_none) const {
  Fault fault{Rule::undefined, fmt::format("{} {} is not defined", noun, back_quoted(name)), std::string(if_none)};
  if (report_.is_full()) return fault;
  std::vector<std::string_view> defined;
  for (const auto& [known, position] : index) {
    if (!is_url(known)) defined.push_back(known);
  }
  if (!defined.empty()) fault.hint = suggest(name, defined, "defined");
  return fault;
}

}  // namespace

void validate(Config& config, Report& report) { Validator(config, report).run(); }

std::vector<Diagnostic> validate(Config& config, const Source& source) {
  Report report(source);
  validate(config, report);
  return report.take();
}

}  // namespace gladhand::config
