// The health checks of all upstreams that ask for them: one prober for each endpoint, on one thread, whatever the number of
// workers, which read what was found (upstream/health.h).
//
// Nothing of it is traffic: neither metrics nor logs count these connections, and what comes of them is logged when it changes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "observe/health_facts.h"
#include "server/snapshot.h"
#include "timeline/silence.h"
#include "upstream/prober.h"

namespace gladhand::server {

class HealthChecks {
 public:
  // How long after the beginning the first check of an endpoint comes, of an interval: so that replicas and endpoints do not
  // march in step.
  using Jitter = std::function<Nanos(Nanos interval)>;
  static Nanos random_part(Nanos interval);

  // What is referred to outlives the checks.
  HealthChecks(io::Loop& loop, const tls::TicketKeys& ticket_keys, Jitter jitter = random_part);
  ~HealthChecks();

  // Checks of upstreams that stay as they were go on; those of upstreams that are gone end.
  void adopt(const SnapshotPtr& snapshot);
  // Of the upstreams that are checked now, in the order of the configuration.
  std::vector<observe::HealthFacts> facts() const;

 private:
  class Check;
  // By name, whatever configuration it comes up in: counters never go backwards.
  using Totals = std::map<std::string, std::array<std::uint64_t, upstream::kCheckupNames.size()>, std::less<>>;

  const tls::Library& library();

  io::Loop& loop_;
  const tls::TicketKeys& ticket_keys_;
  const Jitter jitter_;
  std::optional<tls::Library> library_;
  std::uint64_t connection_ids_ = 0;
  timeline::Silence silence_;
  const upstream::EndpointServices services_;
  Totals totals_;
  std::vector<std::unique_ptr<Check>> checks_;
};

}  // namespace gladhand::server
