#include "cli/explain.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <vector>

#include "base/arena.h"
#include "cli/launch.h"
#include "cli/probe_url.h"
#include "config/address.h"
#include "config/outline.h"
#include "exchange/rewrite.h"
#include "exchange/router.h"
#include "http/syntax.h"
#include "timeline/records.h"

namespace gladhand::cli {

using config::Setting;
using exchange::Misfit;
using server::Exit;

namespace {

std::string at(const config::Place& place) { return place.line > 0 ? fmt::format("  ({}:{})", place.file, place.line) : ""; }

class Explanation {
 public:
  Explanation(const config::Config& config, const ProbeUrl& url, std::string_view target)
      : config_(config), url_(url), target_(target), router_(config.routes), root_(config::outline(config, "")) {}

  std::string write() {
    add("{}\n", url_.text);
    if (target_ != url_.target) add("  path      {}, in its canonical form\n", target_);
    if (!listener()) return std::move(out_);
    const std::uint16_t route = routes();
    if (route == timeline::kNone) return std::move(out_);
    const std::string_view seen = exchange::rewritten(target_, config_.routes[route].rewrite, arena_);
    if (seen != target_) add("  rewrite   the upstream sees {}\n", seen);
    if (config_.routes[route].has_retry) values("retry", fmt::format("route[{}].retry", route));
    upstream(config_.routes[route].upstream_index);
    return std::move(out_);
  }

 private:
  // False: what follows has no meaning.
  bool listener() {
    const auto port_of = [](const config::Listener& l) { return config::split_address(l.address)->port; };
    const auto speaks = [this](const config::Listener& l) { return l.mode == config::Mode::reverse && l.has_tls == url_.is_tls(); };
    const auto& all = config_.listeners;
    const auto exact = std::ranges::find_if(all, [&](const config::Listener& l) { return speaks(l) && port_of(l) == url_.port; });
    const auto found = exact != all.end() ? exact : std::ranges::find_if(all, speaks);
    if (found == all.end()) {
      add("  listener  none is a reverse proxy that speaks {}\n", url_.is_tls() ? "TLS" : "HTTP without TLS");
      return false;
    }
    add("  listener  {} on {}{}{}\n", found->name, found->address, found->has_tls ? ", TLS" : "", at(found->place));
    if (exact == all.end()) add("            no listener has port {}; this is the first that speaks {}\n", url_.port, url_.is_tls() ? "TLS" : "HTTP without TLS");
    const std::string path = fmt::format("listener[{}]", found - all.begin());
    if (found->redirect == config::Redirect::https) {
      add("  answer    308: the same by https, at port {}\n", found->redirect_port);
      return false;
    }
    values("limits", path + ".limits");
    values("timeouts", path + ".timeouts");
    return true;
  }

  std::uint16_t routes() {
    const std::uint16_t chosen = router_.match(url_.authority, target_);
    const std::size_t tried = chosen == timeline::kNone ? config_.routes.size() : chosen + 1u;
    for (std::size_t i = 0; i < tried; ++i) {
      const config::Route& route = config_.routes[i];
      add("  route {:<3} {}{}\n", i + 1, reason(route, router_.misfit(i, url_.authority, target_)), at(route.place));
    }
    if (chosen == timeline::kNone) add("  answer    404: no route matches\n");
    return chosen;
  }

  std::string reason(const config::Route& route, Misfit misfit) const {
    if (misfit == Misfit::host) return fmt::format("no: the host {} is not {}", url_.host, fmt::join(route.match.host, ", "));
    const std::string_view path = target_.substr(0, target_.find('?'));
    if (misfit == Misfit::path) return fmt::format("no: the path {} is not {}", path, fmt::join(route.match.path, ", "));
    const std::string host = route.match.host.empty() ? "every host" : fmt::format("host {}", fmt::join(route.match.host, ", "));
    const std::string paths = route.match.path.empty() ? "every path" : fmt::format("path {}", fmt::join(route.match.path, ", "));
    return fmt::format("yes: {}, {}", host, paths);
  }

  void upstream(std::uint16_t index) {
    const config::Upstream& u = config_.upstreams[index];
    add("  upstream  {}{}\n", u.name, at(u.place));
    for (const config::Endpoint& e : u.endpoints) add("            {}\n", e.url);
    if (u.endpoints.size() > 1) add("  balance   {}{}\n", config::word(u.balance), u.sticky.cookie.empty() ? "" : fmt::format(", sticky by the cookie {}", u.sticky.cookie));
    if (u.has_health) values("health", fmt::format("upstream[{}].health", index));
    // One that a route's URL made has all defaults, and no table.
    const std::string path = fmt::format("upstream[{}].timeouts", index);
    if (find(root_, path)) {
      values("timeouts", path);
    } else {
      config::Config defaults;
      defaults.upstreams.push_back({.name = "default"});
      root_ = config::outline(defaults, "");
      values("timeouts", "upstream[0].timeouts");
    }
  }

  // Those of a table, in one paragraph.
  void values(std::string_view title, const std::string& path) {
    const Setting* table = find(root_, path);
    if (!table) return;
    std::vector<std::string> texts;
    for (const Setting& s : table->members) {
      std::string value = s.value;
      std::erase(value, '"');
      texts.push_back(fmt::format("{} {}", s.key, value));
    }
    add("  {:<9} {}\n", title, fmt::join(texts, ", "));
  }

  static const Setting* find(const Setting& table, std::string_view path) {
    for (const Setting& s : table.members) {
      if (s.path == path) return &s;
      if (const Setting* below = find(s, path)) return below;
    }
    return nullptr;
  }

  template <class... Values>
  void add(fmt::format_string<Values...> format, Values&&... arguments) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Values>(arguments)...);
  }

  const config::Config& config_;
  const ProbeUrl& url_;
  std::string_view target_;
  Arena arena_;
  exchange::Router router_;
  Setting root_;
  std::string out_;
};

}  // namespace

std::expected<std::string, std::string> explain(const config::Result& read, std::string_view text) {
  const auto url = parse_probe_url(text);
  if (!url) return std::unexpected(url.error());
  Arena arena;
  const auto target = http::canonical_target(url->target, arena);
  if (!target) return std::unexpected(fmt::format("a request for that path is refused: {}", target.error().detail));
  return Explanation(read.config, *url, *target).write();
}

Exit run_explain(const std::string& config_path, const std::string& url) {
  const config::Result read = read_configuration(config_path);
  if (!read.is_valid()) {
    print(read.diagnostics);
    return Exit::configuration_invalid;
  }
  const auto text = explain(read, url);
  if (!text) {
    std::fputs((text.error() + '\n').c_str(), stderr);
    return Exit::usage;
  }
  std::fputs(text->c_str(), stdout);
  return Exit::ok;
}

}  // namespace gladhand::cli
