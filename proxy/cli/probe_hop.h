// One connection of a probe: found, dialled, asked once, and closed in peace.
//
//   resolving ──► dialing ──► open ──ask()──► asked ──► leaving ──► closed
//                 ▲     │ another address is left
//                 └─────┘
#pragma once

#include <memory>
#include <string>

#include "cli/probe_sample.h"
#include "io/resolver.h"
#include "upstream/connection.h"

namespace gladhand::cli {

class Hop;

// None comes from inside a call.
class HopEvents {
 public:
  virtual ~HopEvents() = default;
  virtual void on_opened(Hop& hop) = 0;
  // A final head, or one that opens a tunnel. The views are valid during the call.
  virtual void on_answer(Hop& hop, const http::Head& head) = 0;
  virtual void on_body(Hop& hop) = 0;
  virtual void on_answer_ended(Hop& hop) = 0;
  // The answer will not come, or not be complete.
  virtual void on_failed(Hop& hop, Error error) = 0;
  // The leg is complete.
  virtual void on_closed(Hop& hop) = 0;
};

struct HopSettings {
  upstream::ConnectionSettings connection;
  std::string host;  // without brackets
  std::uint16_t port = 0;
  std::string host_and_port;
  bool believes_anybody = false;  // certificates are judged, and let pass
  bool asks_in_syn = false;       // what is asked may arrive twice and has no body: by Fast Open it may leave in the SYN
};

class Hop final : private upstream::ConnectionEvents, private http::StreamEvents, private tls::Judge {
 public:
  // `settings` and the tls::Remote in it outlive the hop; the remote is the hop's alone meanwhile.
  Hop(io::Loop& loop, HopEvents& events, timeline::Recorder& recorder, const HopSettings& settings);
  ~Hop() override;

  void start();
  // Instead: the connection is a tunnel to the target that was opened already.
  void start_in(http::StreamGrip tunnel);
  // `head` is needed during the call alone. False: the connection takes no request.
  bool ask(const http::Head& head, http::End end);
  void send(std::string_view bytes, http::End end);
  // The bytes that follow an answer that opened a tunnel.
  http::StreamGrip take_tunnel() { return std::move(stream_); }
  // Gives up what is still to come of the answer, if anything, and closes. Not from inside an event.
  void leave();
  // Ends it where it stands; ok: for no reason of its own. No event follows. Not from inside an event.
  void stop(Code reason);

  Leg& leg() { return leg_; }
  bool is_started() const { return is_started_; }
  // It was closed, or never started.
  bool is_over() const { return is_closed_ || !is_started_; }
  const HopSettings& settings() const { return settings_; }

 private:
  void on_resolved(Expected<io::Addresses> answer);
  void dial();
  void keep_record();

  void on_boarding(upstream::Connection&) override;
  void on_opened(upstream::Connection&) override;
  void on_available(upstream::Connection&) override {}
  void on_closed(upstream::Connection& connection, Error error, bool was_opened) override;
  void on_head(http::Head& head) override;
  void on_body(Buffer&& body) override;
  void on_trailers(const http::Headers&) override {}
  void on_end() override;
  void on_writable() override {}
  void on_aborted(Error) override {}
  void on_reset(Error error) override { events_.on_failed(*this, error); }
  bool on_chain(tls::ShownChain chain, int problem, const char* reason) override;

  io::Loop& loop_;
  HopEvents& events_;
  timeline::Recorder& recorder_;
  const HopSettings& settings_;
  Leg leg_;
  tls::ShownChain chain_;
  io::Resolver resolver_;
  io::Ticket ticket_;
  io::Addresses addresses_;
  std::unique_ptr<upstream::Connection> connection_;
  http::StreamGrip stream_;
  bool is_boarded_ = false;  // what was to be asked has left in the SYN
  bool is_started_ = false;
  bool is_closed_ = false;
};

}  // namespace gladhand::cli
