// rate_limit: so many requests in such a time, for each client, value of a field or server name.
#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <random>
#include <string>

#include "rate_limit/buckets.h"
#include "shared/cpp.h"
#include "shared/network.h"

namespace {

using namespace plugins;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kLongest = 24 * 3600 * kSecond;
constexpr std::int64_t kMost = 1'000'000'000;

enum Option : std::size_t { requests, per, burst, key, keys };

constexpr gladhand_option kOptions[] = {
    {"requests", GLADHAND_INTEGER, 1, 1, kMost, "", "How many, of each key."},
    {"per", GLADHAND_DURATION, 0, 1'000'000, kLongest, "\"1s\"", "In what time."},
    {"burst", GLADHAND_INTEGER, 0, 1, kMost, "`requests`", "How many may come at once, after a pause."},
    {"key", GLADHAND_STRING, 0, 0, 0, "\"client_ip\"",
     "What is counted apart: \"client_ip\" (of IPv6 the first 64 bits), \"header:NAME\" or \"sni\". Requests without it share one limit."},
    {"keys", GLADHAND_INTEGER, 0, 8, 10'000'000, "65536", "How many are remembered, 16 bytes each. Beyond that the least busy are forgotten."},
};

enum class Key { client_ip, field, sni };

struct RateLimit {
  const gladhand_host* host;
  Key key = Key::client_ip;
  std::string field;
  std::uint64_t seed = 0;
  std::unique_ptr<Buckets> buckets;

  // FNV-1a and a last mix; the seed keeps strangers from choosing who shares a set with whom.
  std::uint64_t hash(std::string_view text) const {
    std::uint64_t h = seed ^ 0xcbf29ce484222325u;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93u;
    return h ^ (h >> 32);
  }
  std::uint64_t key_of(gladhand_exchange* x) const {
    if (key == Key::field) return hash(plugins::field(host, x, GLADHAND_REQUEST, field));
    const gladhand_facts& facts = *host->facts(x);
    if (key == Key::sni) {
      std::string name(view(facts.sni));
      std::ranges::transform(name, name.begin(), lower);
      return hash(name);
    }
    const auto address = parse_address(view(facts.address));
    if (!address) return hash({});
    // Whoever has one IPv6 address has 2^64 of them.
    return hash({reinterpret_cast<const char*>(address->bytes.data()), address->is_v4 ? 16u : 8u});
  }
};

gladhand_owned configure(const gladhand_host* host, gladhand_setup* setup, const gladhand_setting* settings, std::size_t count) {
  auto made = std::make_unique<RateLimit>(RateLimit{.host = host});
  std::int64_t rate = 1, time = kSecond, most_at_once = 0, most_keys = 65'536;
  for (const gladhand_setting* s = settings; s != settings + count; ++s) {
    switch (s->option) {
      case requests: rate = s->number; break;
      case per: time = s->number; break;
      case burst: most_at_once = s->number; break;
      case keys: most_keys = s->number; break;
      case key: {
        constexpr std::string_view kHeader = "header:";
        const std::string_view text = view(s->text);
        made->key = text == "sni" ? Key::sni : text.starts_with(kHeader) ? Key::field : Key::client_ip;
        if (made->key == Key::field) made->field = text.substr(kHeader.size());
        const bool is_known = made->key == Key::field ? host->is_field(borrowed(made->field), borrowed("")) != 0 : text == "sni" || text == "client_ip";
        if (!is_known) refuse(host, setup, s, "`key` is \"client_ip\", \"sni\" or \"header:\" and the name of a field");
        break;
      }
      default: break;
    }
  }
  if (most_at_once == 0) most_at_once = rate;
  const std::int64_t interval = std::max<std::int64_t>(time / rate, 1);
  if (most_at_once > std::numeric_limits<std::int64_t>::max() / 2 / interval) {
    refuse(host, setup, nullptr, "so many tokens would take centuries to come: make `burst` or `per` smaller");
    return nullptr;
  }
  made->seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  made->buckets = std::make_unique<Buckets>(interval, most_at_once, static_cast<std::size_t>(most_keys));
  return made.release();
}

int on_request_head(gladhand_owned self, gladhand_exchange* x, gladhand_owned*) {
  const RateLimit& limit = *static_cast<const RateLimit*>(self);
  const auto wait = limit.buckets->take(limit.key_of(x), limit.host->now(limit.host));
  if (!wait) return GLADHAND_GO_ON;
  answer(limit.host, x, 429, "429 Too Many Requests\n");
  set(limit.host, x, GLADHAND_REPLY, "Retry-After", std::to_string((*wait + kSecond - 1) / kSecond));
  return GLADHAND_ANSWERED;
}

constexpr gladhand_plugin kPlugin{
    .size = sizeof(gladhand_plugin),
    .abi = GLADHAND_ABI,
    .name = "rate_limit",
    .help = "Answers 429 to those who ask too often.",
    .options = kOptions,
    .option_count = std::size(kOptions),
    .configure = configure,
    .destroy = destroy<RateLimit>,
    .on_request_head = on_request_head,
};

}  // namespace

extern "C" GLADHAND_PLUGIN_ENTRY(rate_limit) { return &kPlugin; }
