// One repetition of a probe: a new connection, perhaps through a proxy's, one request, and the end of both.
#pragma once

#include "cli/probe_hop.h"
#include "cli/probe_url.h"

namespace gladhand::cli {

// What all repetitions share. Outlives them.
struct ProbePlan {
  ProbeUrl url;
  std::optional<ProbeUrl> via;
  HopSettings target;
  std::optional<HopSettings> proxy;  // where there is `via`
  Nanos timeout{};
  bool wants_http2 = false;
};

class Attempt;

class AttemptEvents {
 public:
  virtual ~AttemptEvents() = default;
  // The sample is complete. Drop (that is, retire) the attempt now.
  virtual void on_done(Attempt& attempt) = 0;
};

class Attempt final : private HopEvents, private io::DeadlineEvents, private io::TurnTask {
 public:
  Attempt(io::Loop& loop, AttemptEvents& events, timeline::Recorder& recorder, const ProbePlan& plan);

  // Takes the sample; once, after on_done.
  Sample take();

 private:
  void on_opened(Hop& hop) override;
  void on_answer(Hop& hop, const http::Head& head) override;
  void on_body(Hop& hop) override;
  void on_answer_ended(Hop& hop) override;
  void on_failed(Hop& hop, Error error) override;
  void on_closed(Hop& hop) override;
  void on_deadline(io::Deadline& deadline) override;
  void on_turn_end() override;

  bool ask_for_page();
  bool ask_for_websocket();
  bool ask_for_tunnel();
  void on_proxy_answer(const http::Head& head);
  void on_websocket_answer(const http::Head& head);
  void refuse(ProbeExit exit, Code code, std::string text);
  void complete();
  void leave_rest();
  void fail(Hop& hop, Error error);
  void stop(Code reason);
  void done();
  // The one whose end ends the other, too.
  Hop& current() { return proxy_ && !target_.is_started() ? *proxy_ : target_; }

  AttemptEvents& events_;
  const ProbePlan& plan_;
  Sample sample_;
  std::optional<Hop> proxy_;
  Hop target_;
  std::string key_;            // of a WebSocket's opening handshake
  Hop* failed_ = nullptr;      // null: none
  Error error_;                // its
  bool is_done_ = false;
  bool is_complete_ = false;   // the answer, or why there is none, is known: what is left is to close
  bool is_websocket_ = false;  // the change of protocol was agreed on
  io::Deadline deadline_;      // of the whole
  io::Deadline patience_;      // for the rest of a body
};

}  // namespace gladhand::cli
