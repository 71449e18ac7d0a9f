// Metrics of two workers under the sample configuration, and the names of their series.
#pragma once

#include <cmath>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "observe/metrics.h"
#include "unit/observe/sample.h"

namespace gladhand::observe {

class MetricsTest : public testing::Test {
 protected:
  std::map<std::string, double> read() const { return parse_metrics(metrics.render()); }
  double value(const std::string& series) const {
    const auto all = read();
    const auto found = all.find(series);
    EXPECT_NE(found, all.end()) << "no series " << series;
    return found == all.end() ? std::nan("") : found->second;
  }
  bool has(const std::string& series) const { return read().contains(series); }
  // The sum of the series that begin so.
  double sum(const std::string& start) const {
    double total = 0;
    for (const auto& [series, value] : read()) {
      if (series.starts_with(start)) total += value;
    }
    return total;
  }

  void handshake(const timeline::ConnectionRecord& record) {
    shard.connection_attempted(record.side, record.owner);
    shard.handshake_ended(record);
  }

  Metrics metrics{sample_config(), 2, "1.2.3"};
  Shard& shard = metrics.shard(0);
  Shard& second_shard = metrics.shard(1);
};

inline std::string phase(std::string_view family, std::string_view suffix, std::string_view owner,
                         std::string_view phase, std::string_view version, std::string_view resumed,
                         std::string_view more = "") {
  return fmt::format(R"({}{}{{{}="{}",phase="{}",tls_version="{}",resumed="{}"{}}})", family, suffix,
                     family.find("client") != family.npos ? "listener" : "upstream", owner, phase, version, resumed,
                     more);
}
inline std::string client_count(std::string_view listener, std::string_view name, std::string_view version = "none",
                                std::string_view resumed = "false") {
  return phase("gladhand_client_handshake_seconds", "_count", listener, name, version, resumed);
}
inline std::string upstream_count(std::string_view upstream, std::string_view name) {
  return phase("gladhand_upstream_handshake_seconds", "_count", upstream, name, "none", "false");
}

}  // namespace gladhand::observe
