// handshake_guard: refuses connections by what their handshakes were like, or tells upstreams of it.
#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "shared/cpp.h"

namespace {

using namespace plugins;

constexpr std::int64_t kHour = 3'600'000'000'000;

enum Option : std::size_t { tls_versions, ciphers, sni, no_sni, ja4, rtt_over, resumed, tag, tag_field };

constexpr gladhand_option kOptions[] = {
    {"tls_versions", GLADHAND_STRINGS, 0, 0, 0, "any", "\"1.2\", \"1.3\", or \"none\" for connections without TLS."},
    {"ciphers", GLADHAND_STRINGS, 0, 0, 0, "any", "Cipher suites by their OpenSSL names, or beginnings of them with a * behind."},
    {"sni", GLADHAND_STRINGS, 0, 0, 0, "any", "Server names that clients ask for, or \"*.example.com\" for all below one."},
    {"no_sni", GLADHAND_BOOLEAN, 0, 0, 0, "any", "Whether clients ask for none."},
    {"ja4", GLADHAND_STRINGS, 0, 0, 0, "any", "JA4 fingerprints, or beginnings of them with a * behind. The listener's tls needs `ja4 = true`."},
    {"rtt_over", GLADHAND_DURATION, 0, 1, kHour, "any", "The TCP handshake's round trip is longer. One that the kernel does not know is not."},
    {"resumed", GLADHAND_BOOLEAN, 0, 0, 0, "any", "Whether the TLS session was resumed."},
    {"tag", GLADHAND_STRING, 0, 0, 0, "", "Let such connections in, and write this into the access log. Without it they are closed."},
    {"tag_field", GLADHAND_STRING, 0, 0, 0, "", "Tell upstreams the tag in a field of this name, and take it away from requests that bring their own."},
};

struct Guard {
  const gladhand_host* host;
  std::vector<std::string> tls_versions, ciphers, sni, ja4;
  int no_sni = GLADHAND_UNKNOWN;   // does not matter
  int is_resumed = GLADHAND_UNKNOWN;
  std::int64_t rtt_over = GLADHAND_UNKNOWN;
  std::string tag;
  std::string tag_field;
};

const Guard& of(gladhand_owned self) { return *static_cast<const Guard*>(self); }

template <class Fits>
bool fits_any(const std::vector<std::string>& patterns, std::string_view text, Fits fits) {
  return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) { return fits(pattern, text); });
}

bool is_same(std::string_view pattern, std::string_view text) { return pattern == text; }
bool begins(std::string_view pattern, std::string_view text) {
  return pattern.ends_with('*') ? text.starts_with(pattern.substr(0, pattern.size() - 1)) : pattern == text;
}
bool is_below(std::string_view pattern, std::string_view name) {
  if (!pattern.starts_with('*')) return equals_ignoring_case(pattern, name);
  pattern.remove_prefix(1);
  return name.size() > pattern.size() && equals_ignoring_case(pattern, name.substr(name.size() - pattern.size()));
}

// All that is asked for holds.
bool is_meant(const Guard& guard, const gladhand_facts& facts) {
  const std::string_view version = facts.tls_version.size ? view(facts.tls_version) : std::string_view("none");
  if (!fits_any(guard.tls_versions, version, is_same) || !fits_any(guard.ciphers, view(facts.cipher), begins)) return false;
  if (!fits_any(guard.sni, view(facts.sni), is_below) || !fits_any(guard.ja4, view(facts.ja4), begins)) return false;
  if (guard.no_sni != GLADHAND_UNKNOWN && (facts.sni.size == 0) != (guard.no_sni != 0)) return false;
  if (guard.is_resumed != GLADHAND_UNKNOWN && (facts.is_resumed != 0) != (guard.is_resumed != 0)) return false;
  return guard.rtt_over == GLADHAND_UNKNOWN || facts.rtt > guard.rtt_over;
}

gladhand_owned configure(const gladhand_host* host, gladhand_setup* setup, const gladhand_setting* settings, std::size_t count) {
  auto made = std::make_unique<Guard>(Guard{.host = host});
  std::size_t conditions = 0;
  for (const gladhand_setting* s = settings; s != settings + count; ++s) {
    const std::string text(view(s->text));
    conditions += s->option != tag && s->option != tag_field;
    switch (s->option) {
      case tls_versions:
        if (text != "1.2" && text != "1.3" && text != "none") refuse(host, setup, s, "a TLS version is \"1.2\", \"1.3\" or \"none\"");
        made->tls_versions.push_back(text);
        break;
      case ciphers: made->ciphers.push_back(text); break;
      case sni: made->sni.push_back(text); break;
      case ja4: made->ja4.push_back(text); break;
      case no_sni: made->no_sni = s->number != 0; break;
      case resumed: made->is_resumed = s->number != 0; break;
      case rtt_over: made->rtt_over = s->number; break;
      case tag:
        made->tag = text;
        if (text.empty() || !host->is_field(borrowed("Tag"), borrowed(text))) refuse(host, setup, s, "a tag is text that fits into a field");
        break;
      case tag_field:
        made->tag_field = text;
        if (!host->is_field(borrowed(text), borrowed(""))) refuse(host, setup, s, "`" + text + "` is no name of a field, or one that is Gladhand's own business");
        break;
      default: break;
    }
  }
  if (conditions == 0) refuse(host, setup, nullptr, "it would be about every connection: it needs one of tls_versions, ciphers, sni, no_sni, ja4, rtt_over and resumed");
  if (made->tag.empty() && !made->tag_field.empty()) refuse(host, setup, nullptr, "`tag_field` without a `tag` to tell");
  return made.release();
}

int on_handshake(gladhand_owned self, gladhand_client* client, const gladhand_facts* facts) {
  const Guard& guard = of(self);
  if (!is_meant(guard, *facts)) return GLADHAND_GO_ON;
  if (guard.tag.empty()) return GLADHAND_REFUSE;
  guard.host->tag(client, borrowed(guard.tag));
  return GLADHAND_GO_ON;
}

int on_request_head(gladhand_owned self, gladhand_exchange* x, gladhand_owned*) {
  const Guard& guard = of(self);
  if (!guard.tag_field.empty()) {
    guard.host->remove(x, GLADHAND_REQUEST, borrowed(guard.tag_field));
    if (is_meant(guard, *guard.host->facts(x))) set(guard.host, x, GLADHAND_REQUEST, guard.tag_field, guard.tag);
    return GLADHAND_GO_ON;
  }
  // On a route nothing was said at the handshake.
  if (!guard.tag.empty() || !is_meant(guard, *guard.host->facts(x))) return GLADHAND_GO_ON;
  return answer(guard.host, x, 403, "403 Forbidden\nConnections like this one are not served here.\n");
}

constexpr gladhand_plugin kPlugin{
    .size = sizeof(gladhand_plugin),
    .abi = GLADHAND_ABI,
    .name = "handshake_guard",
    .help = "Refuses or marks connections whose handshakes fulfil all of the conditions that are given.",
    .options = kOptions,
    .option_count = std::size(kOptions),
    .configure = configure,
    .destroy = destroy<Guard>,
    .on_handshake = on_handshake,
    .on_request_head = on_request_head,
};

}  // namespace

extern "C" GLADHAND_PLUGIN_ENTRY(handshake_guard) { return &kPlugin; }
