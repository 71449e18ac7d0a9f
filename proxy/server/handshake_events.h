// Connections as server-sent events (WHATWG HTML section 9.2), from now on.
//
//   event: handshake     its handshakes ended, well or not: JSON as of /api/v1/handshakes/ID
//   event: closed        it ended: the same, complete
//   event: gap           {"missed":3,"missed_in_all":5}: so many events were not sent, because the client reads too slowly or
//                        because they were forgotten before anybody looked
//
// Nothing is queued for a client. The workers' rings remember their last events, and a client has its place in each: one
// that is slow falls behind, and what is forgotten before its turn comes is counted. So a client costs the same however slow
// it is. The rings are looked at ten times a second; no worker knows that anybody listens.
#pragma once

#include <vector>

#include "io/deadline.h"
#include "observe/handshake_json.h"
#include "server/service.h"

namespace gladhand::server {

class HandshakeEvents final : public Sequel, private io::DeadlineEvents {
 public:
  static constexpr Nanos kPause = std::chrono::milliseconds(100);
  static constexpr Nanos kBreath = std::chrono::milliseconds(16);  // between two pieces of a long story
  static constexpr int kMostAtOnce = 100;                          // events before others have their turn
  static constexpr Nanos kSilence = std::chrono::seconds(5);       // after which a comment finds out whether the client is there

  // Counts itself in `streams`. All outlive it.
  HandshakeEvents(Channel& client, const observe::Recents& recents, const Clock& clock, int& streams);
  ~HandshakeEvents() override { --streams_; }

 private:
  void on_writable() override { tell(); }
  void on_deadline(io::Deadline&) override { tell(); }
  void tell();
  bool tell_next(std::size_t worker);
  void tell_gap();
  void send(std::string_view text);

  Channel& client_;
  const observe::Recents& recents_;
  const Clock& clock_;
  int& streams_;
  observe::HandshakeJson json_;
  std::vector<std::uint64_t> places_;  // in each worker's events: the next one to be told
  std::uint64_t missed_ = 0;           // since the last gap that was told
  std::uint64_t missed_in_all_ = 0;
  Nanos last_sent_{};
  io::Deadline next_;
};

}  // namespace gladhand::server
