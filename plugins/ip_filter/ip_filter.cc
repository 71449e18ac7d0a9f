// ip_filter: lets clients of some networks in, and others not.
#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "shared/cpp.h"
#include "shared/network.h"

namespace {

using namespace plugins;

enum Option : std::size_t { allow, deny, at };

constexpr gladhand_option kOptions[] = {
    {"allow", GLADHAND_STRINGS, 0, 0, 0, "every address", "Networks, such as \"10.0.0.0/8\", or addresses whose clients may come."},
    {"deny", GLADHAND_STRINGS, 0, 0, 0, "none", "The same of those that may not, whatever `allow` says."},
    {"at", GLADHAND_STRING, 0, 0, 0, "\"request\"", "\"request\": others are answered 403. \"handshake\", on listeners: their connections are closed."},
};

struct IpFilter {
  const gladhand_host* host;
  std::vector<Network> allowed;
  std::vector<Network> denied;
  bool at_handshake = false;

  bool admits(std::string_view text) const {
    const auto address = parse_address(text);
    if (!address) return false;
    const auto contains = [&](const Network& network) { return network.contains(*address); };
    return std::ranges::none_of(denied, contains) && (allowed.empty() || std::ranges::any_of(allowed, contains));
  }
};

const IpFilter& of(gladhand_owned self) { return *static_cast<const IpFilter*>(self); }

gladhand_owned configure(const gladhand_host* host, gladhand_setup* setup, const gladhand_setting* settings, std::size_t count) {
  auto made = std::make_unique<IpFilter>(IpFilter{.host = host});
  bool is_about_somebody = false;
  for (const gladhand_setting* s = settings; s != settings + count; ++s) {
    is_about_somebody |= s->option != at;
    if (s->option == at) {
      made->at_handshake = view(s->text) == "handshake";
      if (!made->at_handshake && view(s->text) != "request") refuse(host, setup, s, "`at` is \"request\" or \"handshake\"");
      continue;
    }
    const auto network = parse_network(view(s->text));
    if (network) {
      (s->option == allow ? made->allowed : made->denied).push_back(*network);
    } else {
      refuse(host, setup, s, "`" + std::string(view(s->text)) + "` is neither an address nor a network, such as 10.0.0.0/8");
    }
  }
  if (!is_about_somebody) refuse(host, setup, nullptr, "it needs `allow` or `deny`");
  return made.release();
}

int on_handshake(gladhand_owned self, gladhand_client*, const gladhand_facts* facts) {
  return !of(self).at_handshake || of(self).admits(view(facts->address)) ? GLADHAND_GO_ON : GLADHAND_REFUSE;
}

int on_request_head(gladhand_owned self, gladhand_exchange* x, gladhand_owned*) {
  const IpFilter& filter = of(self);
  if (filter.admits(view(filter.host->facts(x)->address))) return GLADHAND_GO_ON;
  return answer(filter.host, x, 403, "403 Forbidden\nYour address may not use this.\n");
}

constexpr gladhand_plugin kPlugin{
    .size = sizeof(gladhand_plugin),
    .abi = GLADHAND_ABI,
    .name = "ip_filter",
    .help = "Lets clients in by their address.",
    .options = kOptions,
    .option_count = std::size(kOptions),
    .configure = configure,
    .destroy = destroy<IpFilter>,
    .on_handshake = on_handshake,
    .on_request_head = on_request_head,
};

}  // namespace

extern "C" GLADHAND_PLUGIN_ENTRY(ip_filter) { return &kPlugin; }
