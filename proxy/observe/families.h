// Adding up shards, and putting the sums into prometheus-cpp's plain values.
//
// Everything here runs on the thread that scrapes.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

#include "observe/config_facts.h"
#include "observe/health_facts.h"
#include "observe/names.h"
#include "observe/shard.h"

namespace gladhand::observe {

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

// A family under construction. Each series is added once.
class Family {
 public:
  static Family counter(std::string_view name, std::string_view help);
  static Family gauge(std::string_view name, std::string_view help);
  static Family histogram(std::string_view name, std::string_view help);

  void add(const Labels& labels, double value);
  // For series that are exported from the moment on at which they first count something.
  void add_if_counted(const Labels& labels, std::uint64_t value) {
    if (value) add(labels, static_cast<double>(value));
  }
  // `buckets` are not cumulative; a histogram's count is their sum, so that the two never contradict each other.
  void add(const Labels& labels, std::span<const std::uint64_t, kBuckets> buckets, std::uint64_t sum_nanos);

  // A family without a series is left out: to Prometheus it does not exist.
  void move_to(std::vector<prometheus::MetricFamily>& families) &&;

 private:
  Family(std::string_view name, std::string_view help, prometheus::MetricType type);
  prometheus::ClientMetric& append(const Labels& labels);

  prometheus::MetricFamily family_;
};

// All shards, read as one.
class Shards {
 public:
  explicit Shards(std::span<const std::unique_ptr<Shard>> shards) : shards_(shards) {}

  // The sum of what `read` answers for each shard.
  template <class Read>
  std::uint64_t sum(Read read) const {
    std::uint64_t total = 0;
    for (const auto& shard : shards_) total += read(*shard);
    return total;
  }
  // The sum of the histograms that `pick` points at in each shard.
  template <class Pick>
  void add_histogram(Family& family, const Labels& labels, Pick pick, bool even_if_empty = true) const {
    std::array<std::uint64_t, kBuckets> buckets{};
    std::uint64_t sum_nanos = 0;
    for (const auto& shard : shards_) {
      const Histogram& histogram = pick(*shard);
      for (std::size_t i = 0; i < kBuckets; ++i) buckets[i] += histogram.bucket(i);
      sum_nanos += histogram.sum_nanos();
    }
    if (even_if_empty || std::ranges::any_of(buckets, [](std::uint64_t n) { return n > 0; })) family.add(labels, buckets, sum_nanos);
  }

  auto begin() const { return shards_.begin(); }
  auto end() const { return shards_.end(); }

 private:
  std::span<const std::unique_ptr<Shard>> shards_;
};

// Attempts, handshakes, TLS parameters and the life of connections, of both sides.
void append_connection_families(const Names& names, Shards shards, std::vector<prometheus::MetricFamily>& families);
// What happens in TLS beside handshakes that end well: of those listeners and upstreams that may speak it.
void append_tls_families(const Names& names, Shards shards, std::vector<prometheus::MetricFamily>& families);
// Requests, responses and what upstreams answered.
void append_http_families(const Names& names, Shards shards, std::vector<prometheus::MetricFamily>& families);
// What the kernel counts in the network namespace, and whether it allows Fast Open there.
void append_network_families(std::vector<prometheus::MetricFamily>& families);
void append_accept_queues(const Names& names, const std::vector<timeline::AcceptQueue>& queues, std::vector<prometheus::MetricFamily>& families);
void append_config_families(const ConfigFacts& facts, std::vector<prometheus::MetricFamily>& families);
void append_health_families(const std::vector<HealthFacts>& all, std::vector<prometheus::MetricFamily>& families);
// What /proc says of this process, under the names that every Prometheus client library uses.
void append_process_families(std::vector<prometheus::MetricFamily>& families);

}  // namespace gladhand::observe
