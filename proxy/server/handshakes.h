// The recent connections over HTTP, read only.
//
//   GET /api/v1/handshakes           {"handshakes":[…]}, the youngest first (observe/handshake_json.h shows one)
//       ?side=client|upstream        ?name=NAME of a listener or upstream
//       ?result=RESULT|failed        a result of gladhand_handshakes_total, or any but ok
//       ?over=10ms                   that took at least so long; with ?phase=NAME, in that phase ("us", and units of the config)
//       ?since=ID                    that began after that connection
//       ?limit=N                     at most so many, 1 to kMostListed; 100 unless said
//   GET /api/v1/handshakes/ID        one of them
//   GET /api/v1/handshakes/ID.mmd    its messages as a Mermaid sequenceDiagram
//   GET /api/v1/handshakes/ID.svg    its phases and messages as a picture
//   GET /api/v1/handshakes/events    as they happen (server/handshake_events.h)
//
// What is wrong with a request says {"error":"…"}: 400 for what cannot be understood, 404 for what is not there, 503 when
// kMostStreams clients listen to events already.
#pragma once

#include "base/clock.h"
#include "observe/recents.h"
#include "server/service.h"

namespace gladhand::server {

class Handshakes {
 public:
  static constexpr std::string_view kPath = "/api/v1/handshakes";
  static constexpr std::size_t kMostListed = 10'000;
  static constexpr int kMostStreams = 32;

  // Both outlive this; this outlives the service that it answers for.
  Handshakes(const observe::Recents& recents, const Clock& clock) : recents_(recents), clock_(clock) {}

  // Whether the path is one of the above.
  static bool owns(std::string_view path);
  Answer answer(std::string_view target);

 private:
  Answer list(std::string_view target) const;
  Answer one(std::string_view name) const;
  Answer events();

  const observe::Recents& recents_;
  const Clock& clock_;
  int streams_ = 0;
};

}  // namespace gladhand::server
