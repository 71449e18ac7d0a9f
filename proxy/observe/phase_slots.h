// Which histogram a phase is counted in.
//
// A phase that exists only under TLS has one histogram for each (tls_version, resumed); every other phase has one,
// which carries tls_version="none", resumed="false". `first_request` is such a one even on a TLS connection: how long a
// client takes to ask, once it may, says nothing about how it got there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "timeline/phases.h"

namespace gladhand::observe {

inline constexpr std::size_t kTlsKinds = 4;  // (1.2, full), (1.2, resumed), (1.3, full), (1.3, resumed)

constexpr std::size_t tls_kind(timeline::TlsVersion version, bool resumed) {
  return (version == timeline::TlsVersion::tls1_3 ? 2u : 0u) + (resumed ? 1u : 0u);
}
constexpr timeline::TlsVersion tls_version(std::size_t kind) {
  return kind < 2 ? timeline::TlsVersion::tls1_2 : timeline::TlsVersion::tls1_3;
}
constexpr bool is_resumed(std::size_t kind) { return kind % 2 == 1; }

constexpr std::size_t slots_of(const timeline::Phase& phase) { return phase.tls_only ? kTlsKinds : 1; }

// The index of a row's first histogram among those of its side.
constexpr std::size_t first_slot(std::size_t row) {
  std::size_t slot = 0;
  for (std::size_t i = 0; i < row; ++i) {
    if (timeline::kPhases[i].side == timeline::kPhases[row].side) slot += slots_of(timeline::kPhases[i]);
  }
  return slot;
}

constexpr std::size_t count_slots(timeline::Side side) {
  std::size_t slots = 0;
  for (const auto& phase : timeline::kPhases) {
    if (phase.side == side) slots += slots_of(phase);
  }
  return slots;
}

// Calls `visit.template operator()<row>()` for each row of kPhases that is known then. The rows are constants to the
// compiler, which leaves only the subtractions of the table.
template <timeline::Known known, class Visit>
void each_phase(timeline::Side side, Visit visit) {
  [&]<std::size_t... row>(std::index_sequence<row...>) {
    const auto consider = [&]<std::size_t i>() {
      if constexpr (timeline::kPhases[i].known == known) {
        if (timeline::kPhases[i].side == side) visit.template operator()<i>();
      }
    };
    (consider.template operator()<row>(), ...);
  }
  (std::make_index_sequence<timeline::kPhases.size()>{});
}

}  // namespace gladhand::observe
