// redirect: sends clients somewhere else.
#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "shared/cpp.h"

namespace {

using namespace plugins;

enum Option : std::size_t { to, https, status };

constexpr gladhand_option kOptions[] = {
    {"to", GLADHAND_STRING, 0, 0, 0, "",
     "Where to: a URL or path in which {scheme}, {host}, {authority}, {path}, {query} (with its ?) and {target} stand for those of the request."},
    {"https", GLADHAND_BOOLEAN, 0, 0, 0, "false", "Send requests that came without TLS to https://{host}{target}, and let others pass."},
    {"status", GLADHAND_INTEGER, 0, 301, 308, "308", "301, 302, 303, 307 or 308."},
};

struct Redirect {
  const gladhand_host* host;
  std::string to;
  bool spares_https = false;
  int status = 308;
};

// Without its port; the brackets of an IPv6 address stay.
std::string_view host_of(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  return has_port ? authority.substr(0, colon) : authority;
}

// Nothing for a word that stands for nothing.
const std::string_view* value_of(std::string_view word, const gladhand_request& request, std::string_view& value) {
  const std::string_view target = view(request.target);
  const std::size_t question = std::min(target.find('?'), target.size());
  if (word == "scheme") value = view(request.scheme);
  else if (word == "host") value = host_of(view(request.authority));
  else if (word == "authority") value = view(request.authority);
  else if (word == "path") value = target.substr(0, question);
  else if (word == "query") value = target.substr(question);
  else if (word == "target") value = target;
  else return nullptr;
  return &value;
}

// Nothing: a brace opens no known word.
std::optional<std::string> filled(std::string_view pattern, const gladhand_request& request) {
  std::string text;
  while (!pattern.empty()) {
    const std::size_t open = std::min(pattern.find('{'), pattern.size());
    text += pattern.substr(0, open);
    pattern.remove_prefix(open);
    if (pattern.empty()) break;
    const std::size_t close = pattern.find('}');
    std::string_view value;
    if (close == std::string_view::npos || !value_of(pattern.substr(1, close - 1), request, value)) return std::nullopt;
    text += value;
    pattern.remove_prefix(close + 1);
  }
  return text;
}

gladhand_owned configure(const gladhand_host* host, gladhand_setup* setup, const gladhand_setting* settings, std::size_t count) {
  auto made = std::make_unique<Redirect>(Redirect{.host = host});
  for (const gladhand_setting* s = settings; s != settings + count; ++s) {
    if (s->option == to) made->to = view(s->text);
    if (s->option == https) made->spares_https = s->number != 0;
    if (s->option == status) made->status = static_cast<int>(s->number);
    if (s->option == status && s->number > 303 && s->number < 307) refuse(host, setup, s, "`status` is 301, 302, 303, 307 or 308");
    if (s->option == to && (made->to.empty() || !filled(made->to, {}))) {
      refuse(host, setup, s, "`to` is empty, or has a brace without one of the words scheme, host, authority, path, query and target");
    }
  }
  if (made->to.empty() && !made->spares_https) refuse(host, setup, nullptr, "it needs `to` or `https = true`");
  if (made->to.empty()) made->to = "https://{host}{target}";
  return made.release();
}

int on_request_head(gladhand_owned self, gladhand_exchange* x, gladhand_owned*) {
  const Redirect& redirect = *static_cast<const Redirect*>(self);
  const gladhand_request& request = *redirect.host->request(x);
  if (redirect.spares_https && view(request.scheme) == "https") return GLADHAND_GO_ON;
  const std::string location = *filled(redirect.to, request);
  answer(redirect.host, x, redirect.status, location + "\n");
  set(redirect.host, x, GLADHAND_REPLY, "Location", location);
  return GLADHAND_ANSWERED;
}

constexpr gladhand_plugin kPlugin{
    .size = sizeof(gladhand_plugin),
    .abi = GLADHAND_ABI,
    .name = "redirect",
    .help = "Sends clients to another URL.",
    .options = kOptions,
    .option_count = std::size(kOptions),
    .configure = configure,
    .destroy = destroy<Redirect>,
    .on_request_head = on_request_head,
};

}  // namespace

extern "C" GLADHAND_PLUGIN_ENTRY(redirect) { return &kPlugin; }
