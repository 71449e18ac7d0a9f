// Whom a phase waits for. It is the colour of the phase's bar in every picture: the .svg of a connection and the live page.
#pragma once

#include "timeline/phases.h"

namespace gladhand::observe {

enum class Awaited : std::uint8_t { network, client, self, upstream, tunnel, several };

// Colours have a contrast of at least 3:1 to the page, light and dark (WCAG 2.2, 1.4.11), and differ in lightness, too.
struct AwaitedRow {
  std::string_view name;
  std::string_view light;
  std::string_view dark;
  std::string_view help;
};
inline constexpr std::array kAwaited{
    AwaitedRow{"network", "#0d8577", "#2dd4bf", "the network and the kernels at its ends"},
    AwaitedRow{"client", "#2563c9", "#6ba3ff", "the client, and the way to it and back"},
    AwaitedRow{"self", "#c02672", "#f47fb4", "Gladhand itself: our key exchange, our signature, our accept queue"},
    AwaitedRow{"upstream", "#b4570c", "#f0a35e", "the upstream, and the way to it and back"},
    AwaitedRow{"tunnel", "#7a45c4", "#b690f5", "both ends of a tunnel, by looking on"},
    AwaitedRow{"several", "#7d8794", "#7e8996", "several of them, one after the other"},
};
constexpr const AwaitedRow& row(Awaited awaited) { return kAwaited[static_cast<std::size_t>(awaited)]; }

namespace detail {
struct PhasesAwaiting {
  timeline::Side side;
  Awaited awaited;
  std::string_view names;  // each between blanks
};
inline constexpr std::array kPhasesAwaiting{
    PhasesAwaiting{timeline::Side::client, Awaited::network, " tcp "},
    PhasesAwaiting{timeline::Side::client, Awaited::self, " accept_wait tls_server_flight tls_compute "},
    PhasesAwaiting{timeline::Side::client, Awaited::client, " proxy_protocol client_hello_wait tls_retry tls_client_flight h2_preface h2_settings first_request "},
    PhasesAwaiting{timeline::Side::client, Awaited::several, " tls websocket_upgrade connect_tunnel h2_drain close "},
    PhasesAwaiting{timeline::Side::upstream, Awaited::network, " dns tcp "},
    PhasesAwaiting{timeline::Side::upstream, Awaited::self, " tls_verify tls_compute "},
    PhasesAwaiting{timeline::Side::upstream, Awaited::upstream, " tls_server_reply h2_settings websocket_upgrade first_byte "},
    PhasesAwaiting{timeline::Side::upstream, Awaited::several, " pool_wait tls h2_drain close "},
    PhasesAwaiting{timeline::Side::tunnel, Awaited::network, " dns tcp "},
    PhasesAwaiting{timeline::Side::tunnel, Awaited::tunnel, " tls "},
};

constexpr std::optional<Awaited> find(const timeline::Phase& phase) {
  for (const PhasesAwaiting& some : kPhasesAwaiting) {
    const std::size_t at = some.side == phase.side ? some.names.find(phase.name) : some.names.npos;
    if (at != some.names.npos && some.names[at - 1] == ' ' && some.names[at + phase.name.size()] == ' ') return some.awaited;
  }
  return std::nullopt;
}
static_assert(
    [] {
      for (const timeline::Phase& phase : timeline::kPhases) {
        if (!find(phase)) return false;
      }
      return true;
    }(),
    "a phase of phases.h has no row above: say whom it waits for");
}  // namespace detail

constexpr Awaited awaited(const timeline::Phase& phase) { return *detail::find(phase); }

}  // namespace gladhand::observe
