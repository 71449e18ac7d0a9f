// All plugins of a configuration, configured, and the chains that they make.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "config/diagnostic.h"
#include "config/source.h"
#include "filter/chain.h"
#include "filter/plugin.h"

namespace gladhand::filter {

class Plugins {
 public:
  // Adds everything that is wrong to `problems`: a plugin that is not there or does not fit, options that mean nothing. It
  // loads the files that the configuration names, and so runs them. `clock` outlives it.
  static std::unique_ptr<const Plugins> load(const config::Config& config, const config::Source& source, std::vector<config::Diagnostic>& problems,
                                             const Clock& clock = system_clock());

  // What an exchange of that listener and route passes; a route of kNone: the listener's alone. Immutable, for all threads.
  const Chain& of(std::uint16_t listener, std::uint16_t route) const {
    return chains_[listener * columns_ + (route == timeline::kNone ? columns_ - 1 : route)];
  }
  const Chain& of_listener(std::uint16_t listener) const { return of(listener, timeline::kNone); }
  // Some plugin that requests of the listener may meet judges handshakes: those in early data have to wait for its end.
  bool judge_handshakes(std::uint16_t listener) const;

 private:
  class Loader;

  explicit Plugins(const Clock& clock) : host_(clock) {}
  static const Clock& system_clock();

  Host host_;
  std::vector<std::unique_ptr<Plugin>> plugins_;
  std::size_t columns_ = 1;  // the routes, and one for none of them
  std::vector<Chain> chains_;
};

}  // namespace gladhand::filter
