// What one repetition of a probe has found: the data, without a word of how it was got or will be shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "timeline/phases.h"
#include "tls/shown_chain.h"

namespace gladhand::cli {

// The exit codes that the probe adds to server::Exit, by what went wrong first.
enum class ProbeExit : int { ok = 0, dns = 10, tcp = 11, tls = 12, http = 13, status = 14, interrupted = 130 };

// One connection and what was asked on it, with the texts that their views pointed to.
struct Leg {
  timeline::ConnectionRecord connection;
  timeline::ExchangeRecord exchange;
  std::size_t attempts = 0;  // addresses that were dialled; the connection is that of the last
  std::string peer;          // "address:port"
  std::string sni;
  std::vector<tls::ShownCertificate> chain;  // empty where none was shown: without TLS, or when it was resumed
  std::optional<std::string> problem;        // with the chain; empty: none. Unset: nobody judged one
};

// Why a repetition failed, for a person.
struct Trouble {
  ProbeExit exit = ProbeExit::ok;
  Code code = Code::ok;
  std::string text;
};

struct Sample {
  std::optional<Leg> proxy;  // the way to the target leads through it
  Leg target;
  Nanos begun{};
  Nanos took{};  // until the answer was complete, or its head where the rest was left; or until the failure
  bool is_left = false;  // the answer went on, and was not awaited
  std::uint16_t status = 0;  // 0: no answer
  std::string_view version;  // of HTTP
  Trouble trouble;

  bool is_ok() const { return trouble.exit == ProbeExit::ok; }
  // The one that was dialled.
  const Leg& first_leg() const { return proxy ? *proxy : target; }
  bool is_resumed() const { return target.connection.tls.resumed; }
};

// A phase that took place.
struct PhaseTime {
  std::string_view name;
  const timeline::Phase* row;     // whose distance it is
  std::optional<Nanos> from;  // since the sample begun; unset: known is how long, but not when
  Nanos took{};
};

// In the order of timeline/phases.h. Of a leg to a proxy, the wait for its answer is the `connect_tunnel` of the table.
std::vector<PhaseTime> phases_of(const Leg& leg, Nanos begun);

}  // namespace gladhand::cli
