#include "filter/plugin.h"

#include <fmt/format.h>

#include "config/printable.h"

namespace gladhand::filter {

std::unique_ptr<Plugin> Plugin::configure(const Host& host, const Description& description, const config::PluginUse& use, const config::Source& source,
                                          std::vector<config::Diagnostic>& problems) {
  const std::size_t before = problems.size();
  const Settings settings = read_settings(description.plugin, use, source, problems);
  if (problems.size() > before) return nullptr;
  gladhand_setup setup{settings, use, source, problems, host.clock};
  const gladhand_owned self = description.plugin.configure(&host, &setup, settings.values.data(), settings.values.size());
  if (!self && problems.size() == before) {
    problems.push_back(source.diagnose(config::Rule::bad_plugin_option, use.place, fmt::format("plugin {} cannot be used so, and does not say why", config::back_quoted(use.name))));
  }
  if (!self) return nullptr;
  std::unique_ptr<Plugin> plugin(new Plugin(description, self));
  return problems.size() == before ? std::move(plugin) : nullptr;
}

Plugin::~Plugin() {
  if (hooks().destroy) hooks().destroy(self_);
}

// A state that the hook has made is freed when nobody refers to it any more, the job of aside() included.
template <class Hook>
auto Plugin::call(Passage& passage, State& state, Hook hook) const {
  gladhand_exchange exchange{passage};
  gladhand_owned raw = state.get();
  const auto result = hook(self_, &exchange, &raw);
  if (raw && !state) {
    state = State(raw, [release = hooks().release, self = self_](void* made) {
      if (release) release(self, made);
    });
  }
  return result;
}

bool Plugin::on_handshake(const timeline::ConnectionRecord& client, std::string& tag) const {
  gladhand_client connection{tag};
  const gladhand_facts facts = facts_of(client, tag);
  return hooks().on_handshake(self_, &connection, &facts) != GLADHAND_REFUSE;
}

Verdict Plugin::on_request(Passage& passage, State& state) const {
  if (!hooks().on_request_head) return Verdict::go_on;
  const int verdict = call(passage, state, hooks().on_request_head);
  if (verdict == GLADHAND_ANSWERED && passage.is_answered()) return Verdict::answered;
  return verdict == GLADHAND_ASIDE && hooks().aside ? Verdict::aside : Verdict::go_on;
}

void Plugin::aside(const State& state) const { hooks().aside(self_, state.get()); }

bool Plugin::on_reply(Passage& passage, State& state) const {
  return hooks().on_reply_head && call(passage, state, hooks().on_reply_head) == GLADHAND_TAKE_BODY && hooks().on_reply_body;
}

void Plugin::on_reply_body(Passage& passage, State& state, std::string_view bytes, bool is_last) const {
  call(passage, state, [&](gladhand_owned self, gladhand_exchange* exchange, gladhand_owned* raw) {
    hooks().on_reply_body(self, exchange, raw, {bytes.data(), bytes.size()}, is_last);
    return 0;
  });
}

void Plugin::on_finished(Passage& passage, State& state) const {
  if (!hooks().on_finished) return;
  call(passage, state, [&](gladhand_owned self, gladhand_exchange* exchange, gladhand_owned* raw) {
    hooks().on_finished(self, exchange, raw);
    return 0;
  });
}

}  // namespace gladhand::filter
