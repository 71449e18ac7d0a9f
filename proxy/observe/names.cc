#include "observe/names.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "config/address.h"
#include "timeline/records.h"

namespace gladhand::observe {
namespace {

using Labels = std::vector<std::string>;

// The names of one kind in one configuration.
class Unique {
 public:
  explicit Unique(std::string_view reserved = {}) : reserved_(reserved) {}

  void add(const std::string& name) {
    std::string candidate = name;
    for (int n = 2; candidate == reserved_ || !taken_.insert(candidate).second; ++n) candidate = name + "#" + std::to_string(n);
    labels.push_back(std::move(candidate));
  }

  Labels labels;

 private:
  std::string_view reserved_;
  std::unordered_set<std::string> taken_;
};

std::string route_name(const config::Match& match) {
  std::string name;
  if (!match.host.empty()) name += match.host.front();
  if (!match.path.empty()) name += match.path.front();
  return name.empty() ? "*" : name;
}

Labels listener_labels(const config::Config& config) {
  Unique names;
  for (const auto& listener : config.listeners) names.add(listener.name.empty() ? listener.address : listener.name);
  return std::move(names.labels);
}

Labels upstream_labels(const config::Config& config) {
  Unique names;
  for (const auto& upstream : config.upstreams) names.add(upstream.name);
  return std::move(names.labels);
}

Labels route_labels(const config::Config& config) {
  Unique names(kNoRoute);
  for (const auto& route : config.routes) names.add(route_name(route.match));
  return std::move(names.labels);
}

template <class Index>
bool has_room(const Index& index, const Labels& labels) {
  const auto is_new = [&](const std::string& label) { return !index.contains(label); };
  return index.size() + static_cast<std::size_t>(std::ranges::count_if(labels, is_new)) < timeline::kNone;
}

// The ids of `labels`, in their order. Everybody else is no longer listed.
template <class Index, class Entry>
std::vector<std::uint16_t> give_ids(Index& index, std::vector<Entry>& entries, const Labels& labels) {
  std::vector<std::uint16_t> ids;
  for (Entry& entry : entries) entry.is_listed = false;
  for (const std::string& label : labels) {
    const auto [found, is_new] = index.emplace(label, static_cast<std::uint16_t>(entries.size()));
    if (is_new) entries.emplace_back().name = label;
    entries[found->second].is_listed = true;
    ids.push_back(found->second);
  }
  return ids;
}

void describe(Owner& owner, const config::Listener& listener) {
  owner.is_tls = listener.has_tls;
  owner.is_fast_open = listener.fast_open > 0;
  owner.takes_early_data = listener.tls.early_data;
  owner.is_forward = listener.mode == config::Mode::forward;
}

void describe(Owner& owner, const config::Upstream& upstream) {
  const auto has_name = [](const config::Endpoint& e) { return !e.host.empty() && !config::is_ipv4(e.host) && !config::is_ipv6(e.host); };
  const auto is_https = [](const config::Endpoint& e) { return e.scheme == config::Scheme::https; };
  owner.is_fast_open = upstream.fast_open;
  owner.has_name = std::ranges::any_of(upstream.endpoints, has_name);
  owner.is_tls = std::ranges::any_of(upstream.endpoints, is_https);
}

}  // namespace

std::optional<Ids> Names::learn(const config::Config& config) {
  const Labels of_listeners = listener_labels(config), of_upstreams = upstream_labels(config), of_routes = route_labels(config);
  if (!has_room(listener_ids_, of_listeners) || !has_room(upstream_ids_, of_upstreams) || !has_room(route_ids_, of_routes)) return std::nullopt;
  Ids ids{give_ids(listener_ids_, listeners, of_listeners), give_ids(upstream_ids_, upstreams, of_upstreams), give_ids(route_ids_, routes, of_routes)};
  for (std::size_t i = 0; i < ids.listeners.size(); ++i) describe(listeners[ids.listeners[i]], config.listeners[i]);
  for (std::size_t i = 0; i < ids.upstreams.size(); ++i) describe(upstreams[ids.upstreams[i]], config.upstreams[i]);
  return ids;
}

}  // namespace gladhand::observe
