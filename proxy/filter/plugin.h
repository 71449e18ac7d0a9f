// A plugin, configured: a Filter whose hooks are behind the C interface of plugins/sdk/gladhand_plugin.h.
#pragma once

#include <memory>

#include "filter/filter.h"
#include "filter/host.h"
#include "filter/library.h"

namespace gladhand::filter {

class Plugin final : public Filter {
 public:
  // Null: `problems` says why. `host` outlives the plugin.
  static std::unique_ptr<Plugin> configure(const Host& host, const Description& description, const config::PluginUse& use, const config::Source& source,
                                           std::vector<config::Diagnostic>& problems);
  ~Plugin() override;

  bool wants_handshakes() const override { return hooks().on_handshake != nullptr; }
  bool on_handshake(const timeline::ConnectionRecord& client, std::string& tag) const override;
  Verdict on_request(Passage& passage, State& state) const override;
  void aside(const State& state) const override;
  bool on_reply(Passage& passage, State& state) const override;
  void on_reply_body(Passage& passage, State& state, std::string_view bytes, bool is_last) const override;
  void on_finished(Passage& passage, State& state) const override;

 private:
  Plugin(Description description, gladhand_owned self) : description_(std::move(description)), self_(self) {}

  const gladhand_plugin& hooks() const { return description_.plugin; }
  template <class Hook>
  auto call(Passage& passage, State& state, Hook hook) const;

  const Description description_;
  const gladhand_owned self_;
};

}  // namespace gladhand::filter
