#include "server/health_checks.h"

#include <algorithm>
#include <random>

#include "base/log.h"

namespace gladhand::server {

// One upstream's, with all that its probers refer to.
class HealthChecks::Check final : private upstream::ProberEvents {
 public:
  Check(HealthChecks& checks, const Snapshot& snapshot, std::size_t i)
      : settings_(snapshot.config.upstreams[i]),
        identity_(snapshot.prepared.identities[i]),
        health_(snapshot.prepared.health[i]),
        totals_(checks.totals_[settings_.name]) {
    const bool has_tls = std::ranges::any_of(settings_.endpoints, [](const config::Endpoint& e) { return e.scheme == config::Scheme::https; });
    // Tried by prepare() with the same values.
    if (has_tls) context_ = std::move(*identity_.make_context(checks.library(), settings_));
    upstream::ProberEvents& self = *this;
    for (std::size_t e = 0; e < settings_.endpoints.size(); ++e) {
      probers_.push_back(std::make_unique<upstream::Prober>(checks.services_, self, settings_, e, snapshot.prepared.endpoints[i][e], context_.get(),
                                                            checks.jitter_(settings_.health.interval)));
    }
  }

  bool is_for(const Snapshot& snapshot, std::size_t i) const {
    return health_ == snapshot.prepared.health[i] && settings_ == snapshot.config.upstreams[i] && identity_ == snapshot.prepared.identities[i];
  }

  observe::HealthFacts facts() const {
    observe::HealthFacts facts{settings_.name, {}, {}};
    for (std::size_t r = 0; r < totals_.size(); ++r) facts.checks.emplace_back(upstream::kCheckupNames[r], totals_[r]);
    for (std::size_t e = 0; e < settings_.endpoints.size(); ++e) facts.endpoints.emplace_back(settings_.endpoints[e].url, !health_->endpoints[e].is_down());
    return facts;
  }

 private:
  void on_checked(upstream::Prober& prober, const upstream::Checkup& checkup) override {
    ++totals_[static_cast<std::size_t>(checkup.result)];
    upstream::EndpointHealth& endpoint = health_->endpoints[prober.index()];
    const config::HealthCheck& health = settings_.health;
    if (!endpoint.learn(checkup, health.unhealthy_after, health.healthy_after, std::chrono::system_clock::now())) return;
    const std::string& url = settings_.endpoints[prober.index()].url;
    if (!endpoint.is_down()) return log::info("endpoint {} of upstream {} is up again", url, settings_.name);
    const std::uint32_t failures = health.unhealthy_after;
    log::warning("endpoint {} of upstream {} is down after {} failed {}: {}", url, settings_.name, failures, failures == 1 ? "check" : "checks", checkup.reason());
    if (!health_->is_any_up()) log::warning("no endpoint of upstream {} is up: requests are sent to all of them", settings_.name);
  }

  const config::Upstream settings_;
  const UpstreamIdentity identity_;
  const std::shared_ptr<upstream::ClusterHealth> health_;
  Totals::mapped_type& totals_;
  std::unique_ptr<tls::ClientContext> context_;
  std::vector<std::unique_ptr<upstream::Prober>> probers_;
};

Nanos HealthChecks::random_part(Nanos interval) {
  std::random_device random;
  return Nanos(std::uniform_int_distribution<Nanos::rep>(0, interval.count())(random));
}

HealthChecks::HealthChecks(io::Loop& loop, const tls::TicketKeys& ticket_keys, Jitter jitter)
    : loop_(loop), ticket_keys_(ticket_keys), jitter_(std::move(jitter)), services_{loop_, silence_, connection_ids_} {}

HealthChecks::~HealthChecks() = default;

void HealthChecks::adopt(const SnapshotPtr& snapshot) {
  std::vector<std::unique_ptr<Check>> next;
  for (std::size_t i = 0; i < snapshot->config.upstreams.size(); ++i) {
    if (!snapshot->config.upstreams[i].has_health) continue;
    const auto same = std::ranges::find_if(checks_, [&](const auto& check) { return check && check->is_for(*snapshot, i); });
    next.push_back(same != checks_.end() ? std::move(*same) : std::make_unique<Check>(*this, *snapshot, i));
  }
  checks_ = std::move(next);
}

std::vector<observe::HealthFacts> HealthChecks::facts() const {
  std::vector<observe::HealthFacts> facts;
  for (const auto& check : checks_) facts.push_back(check->facts());
  return facts;
}

// A process that checks nobody under TLS needs none.
const tls::Library& HealthChecks::library() {
  if (!library_) library_.emplace(ticket_keys_);
  return *library_;
}

}  // namespace gladhand::server
