// Everything that Gladhand counts, in the form that Prometheus reads.
//
// Owns one Shard for each worker. A worker writes its shard; whichever thread scrapes adds the shards up, without a
// lock and without disturbing a worker. Labels are names of the configuration and of closed sets, never what a client
// sent.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "config/config.h"
#include "observe/config_facts.h"
#include "observe/health_facts.h"
#include "observe/names.h"
#include "observe/shard.h"

namespace gladhand::observe {

class AccessLog;

// Looks at the accept queues now: one for each listener, summed over the workers; none once that must not be asked any more.
using AcceptQueues = std::function<std::vector<timeline::AcceptQueue>()>;

class Metrics final : public prometheus::Collectable {
 public:
  // What render() writes.
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  // `config` is not kept. `access_log` may be null; otherwise it must outlive the metrics.
  Metrics(const config::Config& config, std::size_t workers, std::string version,
          const AccessLog* access_log = nullptr);

  // What there is from now on, before a worker hears of it. On the thread that scrapes.
  void learn(const Names& names);

  // The shard of one worker. Its Recorder's functions belong to that worker's thread alone.
  Shard& shard(std::size_t worker) { return *shards_[worker]; }

  // From any thread.
  std::span<const std::unique_ptr<Shard>> shards() const { return shards_; }
  const Names& names() const { return names_; }

  // Whom to ask for the accept queues whenever somebody scrapes. To be set before that.
  void watch(AcceptQueues queues) { accept_queues_ = std::move(queues); }
  // The same for the health of endpoints.
  void watch_health(HealthSource health) { health_ = std::move(health); }

  // On the thread that scrapes, too.
  void tell(const ConfigFacts& facts) { config_facts_ = facts; }

  // From any thread that does not learn() meanwhile, as is render(), as far as the accept queues are.
  std::vector<prometheus::MetricFamily> Collect() const override;
  // Prometheus' text format 0.0.4.
  std::string render() const;

 private:
  void append_program_families(std::vector<prometheus::MetricFamily>& families) const;

  Names names_;
  std::string version_;
  const AccessLog* access_log_;
  AcceptQueues accept_queues_;
  HealthSource health_;
  ConfigFacts config_facts_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace gladhand::observe
