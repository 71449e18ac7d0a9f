#include "observe/families.h"

namespace gladhand::observe {

using prometheus::MetricType;

Family::Family(std::string_view name, std::string_view help, MetricType type) {
  family_.name = name;
  family_.help = help;
  family_.type = type;
}

Family Family::counter(std::string_view name, std::string_view help) { return Family(name, help, MetricType::Counter); }
Family Family::gauge(std::string_view name, std::string_view help) { return Family(name, help, MetricType::Gauge); }
Family Family::histogram(std::string_view name, std::string_view help) {
  return Family(name, help, MetricType::Histogram);
}

prometheus::ClientMetric& Family::append(const Labels& labels) {
  auto& metric = family_.metric.emplace_back();
  metric.label.reserve(labels.size());
  for (const auto& [name, value] : labels) metric.label.push_back({std::string(name), std::string(value)});
  return metric;
}

void Family::add(const Labels& labels, double value) {
  auto& metric = append(labels);
  (family_.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
}

void Family::add(const Labels& labels, std::span<const std::uint64_t, kBuckets> buckets, std::uint64_t sum_nanos) {
  auto& histogram = append(labels).histogram;
  histogram.bucket.reserve(kBuckets);
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    cumulative += buckets[i];
    histogram.bucket.push_back({cumulative, static_cast<double>(kBounds[i]) / 1e9});
  }
  // The serialiser adds the bucket of +Inf from the count.
  histogram.sample_count = cumulative + buckets.back();
  histogram.sample_sum = static_cast<double>(sum_nanos) / 1e9;
}

void Family::move_to(std::vector<prometheus::MetricFamily>& families) && {
  if (!family_.metric.empty()) families.push_back(std::move(family_));
}

}  // namespace gladhand::observe
