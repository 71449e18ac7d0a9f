// What the process is doing, as plain values: what the API of the live page and its tables without scripts are made of.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "observe/config_facts.h"
#include "observe/metrics.h"
#include "observe/moment.h"
#include "observe/summary.h"
#include "server/admin.h"
#include "server/snapshot.h"
#include "tls/shown_chain.h"

namespace gladhand::server {

// Something that a person should do something about.
struct Notice {
  std::string_view topic;  // "fast_open", "certificate", "reload", "drain"
  std::string text;
  std::string cure;  // a command; may be empty
};

struct ConnectionCounts {
  std::uint64_t attempted = 0;
  std::uint64_t in_handshake = 0;
  std::uint64_t open = 0;
  std::uint64_t failed = 0;  // handshakes
};

struct ListenerView {
  std::string_view name;
  std::string address;  // as bound
  const config::Listener* config;
  std::vector<tls::ShownCertificate> certificates;  // each a leaf
  std::optional<timeline::AcceptQueue> queue;
  ConnectionCounts connections;
  std::uint64_t requests = 0;
  std::uint64_t local_replies = 0;
  std::uint64_t resets = 0;
  std::uint64_t request_body_bytes = 0;
  std::uint64_t response_body_bytes = 0;
};

// By class of status: "1xx" to "5xx".
using Responses = std::array<std::uint64_t, observe::kStatusClasses.size()>;

struct EndpointView {
  enum class State : std::uint8_t {
    unchecked,  // nobody asks whether it is well
    up,
    down,      // its health checks fail
    left_out,  // for a moment: a worker could not connect to it just now
  };

  const config::Endpoint* config;
  State state;
  std::string reason;  // why it is down
  upstream::EndpointHealth::Instant since;  // when it went down or came up again; the epoch: never
};

struct UpstreamView {
  std::string_view name;
  const config::Upstream* config;
  ConnectionCounts connections;
  std::vector<EndpointView> endpoints;
  Responses responses{};
  std::uint64_t unanswered = 0;
  std::uint64_t retries = 0;
  std::uint64_t reuses = 0;
  std::vector<observe::PhaseFigures> phases;  // of its latest connections
};

struct RouteView {
  std::string_view name;  // "none": requests that met no route, which are all of a forward proxy's
  const config::Route* config = nullptr;  // null: none
  Responses responses{};
  observe::Percentiles duration;  // since the start, interpolated; without tunnels
};

struct CertificateView {
  std::string_view name;  // empty: of our own making, by self_signed
  std::string_view file;  // empty, then
  std::vector<tls::ShownCertificate> chain;  // as it is in use, the leaf first
  std::vector<std::string_view> listeners;   // that show it
  std::vector<std::string_view> upstreams;   // that are shown it
};

class Overview {
 public:
  static constexpr std::size_t kConnections = 500;  // what percentiles are made of
  static constexpr std::chrono::days kSoon{14};     // a certificate that ends within is worth a notice

  struct Sources {
    std::function<const Snapshot&()> running;
    std::function<const observe::ConfigFacts&()> reloads;
    const observe::Metrics& metrics;
    const observe::Recents& recents;
    const Health& health;
    const Clock& clock;
    observe::AcceptQueues accept_queues;
    std::string version;
    std::size_t workers;
  };
  // Now is when the process started. What the sources refer to outlives the overview.
  explicit Overview(Sources sources) : sources_(std::move(sources)), started_(observe::Moment::of(sources_.clock)) {}

  const Sources& sources() const { return sources_; }
  const config::Config& config() const { return sources_.running().config; }
  // "starting", "serving", "unready" or "draining".
  std::string_view state() const;
  const observe::Moment& started() const { return started_; }
  std::vector<Notice> notices() const;

  std::vector<ListenerView> listeners() const;
  std::vector<UpstreamView> upstreams() const;
  std::vector<RouteView> routes() const;
  std::vector<CertificateView> certificates() const;  // of the configuration's, and then our own, if it is shown

 private:
  std::vector<EndpointView> endpoints(std::size_t upstream) const;
  ConnectionCounts counts(timeline::Side side, std::size_t owner) const;
  // `index` of the configuration, or the number of its routes for requests that met none.
  RouteView route(std::size_t index) const;

  const Sources sources_;
  const observe::Moment started_;
};

}  // namespace gladhand::server
