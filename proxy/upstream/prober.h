// Asks one endpoint again and again whether it is well, in the way that requests reach it: the same dials, TLS and protocol.
//
// Each check has a connection of its own: whoever accepts none any more must not seem well for having one open.
#pragma once

#include <memory>
#include <string>

#include "upstream/configured.h"

namespace gladhand::upstream {

class Prober;

class ProberEvents {
 public:
  virtual ~ProberEvents() = default;
  // A check is over. The prober must outlive the call.
  virtual void on_checked(Prober& prober, const Checkup& checkup) = 0;
};

class Prober final : private StreamWaiter, private http::StreamEvents, private io::DeadlineEvents {
 public:
  // `index`: which of the endpoints of `settings`. The first check begins after `first`. Addresses and context are those of
  // make_endpoint(). The recorder of `services` is told of connections that are no requests' business: it should be a quiet one.
  Prober(const EndpointServices& services, ProberEvents& events, const config::Upstream& settings, std::size_t index, const io::Addresses& addresses,
         const tls::ClientContext* context, Nanos first);

  std::size_t index() const { return index_; }

 private:
  enum class State : std::uint8_t {
    resting,     // until the next check is due
    connecting,  // no connection is there yet
    asking,      // the request is out, its answer is not complete
  };

  void on_deadline(io::Deadline&) override;
  void begin();
  void end(const Checkup& checkup);
  void fail(Error error);

  void on_resolved() override {}
  void on_stream_ready(http::StreamGrip grip, const Connection& connection) override;
  void on_stream_failed(Error error) override { fail(error); }

  void on_head(http::Head& head) override;
  void on_body(Buffer&& body) override;
  void on_trailers(const http::Headers&) override {}
  void on_end() override;
  void on_writable() override {}
  void on_aborted(Error error) override { fail(error); }
  void on_reset(Error error) override { fail(error); }

  io::Loop& loop_;
  ProberEvents& events_;
  const config::HealthCheck& settings_;
  const std::size_t index_;
  const std::string_view scheme_;
  const std::unique_ptr<Endpoint> endpoint_;
  const std::string authority_;
  State state_ = State::resting;
  std::uint16_t status_ = 0;
  Nanos begun_{};
  http::StreamGrip stream_;
  io::Deadline deadline_;  // of the check, or until the next one
};

}  // namespace gladhand::upstream
