#include "observe/metrics.h"

#include <prometheus/text_serializer.h>

#include "observe/access_log.h"
#include "observe/families.h"

namespace gladhand::observe {

Metrics::Metrics(const config::Config& config, std::size_t workers, std::string version, const AccessLog* access_log)
    : names_(config), version_(std::move(version)), access_log_(access_log) {
  for (std::size_t i = 0; i < workers; ++i) shards_.push_back(std::make_unique<Shard>(names_));
}

void Metrics::learn(const Names& names) {
  for (const auto& shard : shards_) shard->make_room(names);
  names_ = names;
}

std::vector<prometheus::MetricFamily> Metrics::Collect() const {
  std::vector<prometheus::MetricFamily> families;
  append_connection_families(names_, Shards(shards_), families);
  append_tls_families(names_, Shards(shards_), families);
  append_http_families(names_, Shards(shards_), families);
  if (accept_queues_) append_accept_queues(names_, accept_queues_(), families);
  if (health_) append_health_families(health_(), families);
  append_network_families(families);
  append_program_families(families);
  append_config_families(config_facts_, families);
  append_process_families(families);
  return families;
}

std::string Metrics::render() const { return prometheus::TextSerializer().Serialize(Collect()); }

void Metrics::append_program_families(std::vector<prometheus::MetricFamily>& families) const {
  const auto append = [&](Family family, const Labels& labels, double value) {
    family.add(labels, value);
    std::move(family).move_to(families);
  };
  if (access_log_) {
    auto dropped =
        Family::counter("gladhand_access_log_dropped_total", "Lines of the access log that were not written.");
    dropped.add({{"reason", "full"}}, static_cast<double>(access_log_->dropped_full()));
    dropped.add({{"reason", "write_failed"}}, static_cast<double>(access_log_->dropped_unwritten()));
    std::move(dropped).move_to(families);
  }
  append(Family::gauge("gladhand_build_info", "1, with the version of Gladhand as a label."), {{"version", version_}},
         1);
  append(Family::gauge("gladhand_workers", "Worker threads."), {}, static_cast<double>(shards_.size()));
}

}  // namespace gladhand::observe
