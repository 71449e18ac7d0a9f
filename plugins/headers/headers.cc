// headers: sets, adds and removes fields of requests and replies.
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "shared/cpp.h"

namespace {

using namespace plugins;

enum Option : std::size_t { request_set, request_add, request_remove, reply_set, reply_add, reply_remove };

constexpr gladhand_option kOptions[] = {
    {"request_set", GLADHAND_PAIRS, 0, 0, 0, "", "Fields that requests have with this value and no other."},
    {"request_add", GLADHAND_PAIRS, 0, 0, 0, "", "Fields that requests have besides those of the same name."},
    {"request_remove", GLADHAND_STRINGS, 0, 0, 0, "", "Names of fields that are taken from requests."},
    {"reply_set", GLADHAND_PAIRS, 0, 0, 0, "", "Fields that replies have with this value and no other."},
    {"reply_add", GLADHAND_PAIRS, 0, 0, 0, "", "Fields that replies have besides those of the same name."},
    {"reply_remove", GLADHAND_STRINGS, 0, 0, 0, "", "Names of fields that are taken from replies."},
};

struct Edit {
  std::size_t option;
  std::string name;
  std::string value;
};

struct Headers {
  const gladhand_host* host;
  std::vector<Edit> edits;

  // Removing comes first, whatever the order of the file, so that what is set and added stays.
  void apply(gladhand_exchange* x, gladhand_message message, Option removing, Option setting, Option adding) const {
    for (const Option step : {removing, setting, adding}) {
      for (const Edit& edit : edits) {
        if (edit.option != step) continue;
        if (step == removing) host->remove(x, message, borrowed(edit.name));
        if (step == setting) host->set(x, message, borrowed(edit.name), borrowed(edit.value));
        if (step == adding) host->add(x, message, borrowed(edit.name), borrowed(edit.value));
      }
    }
  }
};

const Headers& of(gladhand_owned self) { return *static_cast<const Headers*>(self); }

gladhand_owned configure(const gladhand_host* host, gladhand_setup* setup, const gladhand_setting* settings, std::size_t count) {
  auto made = std::make_unique<Headers>(Headers{host, {}});
  if (count == 0) refuse(host, setup, nullptr, "there is nothing to do: it needs one of its options");
  for (const gladhand_setting* s = settings; s != settings + count; ++s) {
    const bool removes = s->option == request_remove || s->option == reply_remove;
    const std::string name(view(removes ? s->text : s->name));
    const std::string value(removes ? "" : view(s->text));
    if (!host->is_field(borrowed(name), borrowed(value))) {
      refuse(host, setup, s, removes ? "`" + name + "` is no name of a field, or one that is Gladhand's own business"
                                     : "`" + name + ": " + value + "` is no field, or one that is Gladhand's own business");
    }
    made->edits.push_back({s->option, name, value});
  }
  return made.release();
}

int on_request_head(gladhand_owned self, gladhand_exchange* x, gladhand_owned*) {
  of(self).apply(x, GLADHAND_REQUEST, request_remove, request_set, request_add);
  return GLADHAND_GO_ON;
}

int on_reply_head(gladhand_owned self, gladhand_exchange* x, gladhand_owned*) {
  of(self).apply(x, GLADHAND_REPLY, reply_remove, reply_set, reply_add);
  return GLADHAND_GO_ON;
}

constexpr gladhand_plugin kPlugin{
    .size = sizeof(gladhand_plugin),
    .abi = GLADHAND_ABI,
    .name = "headers",
    .help = "Sets, adds and removes fields of requests and replies.",
    .options = kOptions,
    .option_count = std::size(kOptions),
    .configure = configure,
    .destroy = destroy<Headers>,
    .on_request_head = on_request_head,
    .on_reply_head = on_reply_head,
};

}  // namespace

extern "C" GLADHAND_PLUGIN_ENTRY(headers) { return &kPlugin; }
