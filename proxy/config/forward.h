// What validation has to do for listeners that are forward proxies.
//
// All targets of one listener are one upstream, without endpoints: routes cannot refer to it, and timeouts, metrics and
// logs find what they look for in an upstream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "config/report.h"

namespace gladhand::config {

inline constexpr std::size_t kMostReferred = UINT16_MAX;  // the indices in config.h are 16 bits wide

// `path` is the listener's.
void check_forward(const Listener& listener, const std::string& path, Report& report);

// There is at least one. A listener whose mode could not be read may be meant for one.
bool has_only_forward_listeners(const Config& config, const Report& report);

// Its index; nothing if there is no room for it, which has been reported about `path`.
std::optional<std::uint16_t> add_upstream(Config& config, Upstream upstream, std::string_view path, Report& report);

// Those that an earlier validation made: its listeners may have changed since.
void drop_forward_upstreams(Config& config);

// Behind all others, and fills Forward::upstream_index. Listeners have their names.
void make_forward_upstreams(Config& config, Report& report);

}  // namespace gladhand::config
