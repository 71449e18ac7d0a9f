// The targets that the clients of one forward listener name: for as long as a target is used, a cluster of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "upstream/cluster.h"

namespace gladhand::upstream {

class Destinations final : private io::DeadlineEvents {
 public:
  // `upstream` stands for all targets: their timeouts, limits and name; `id` is its own in records.
  Destinations(const EndpointServices& services, const config::Forward& forward, const config::Upstream& upstream, std::uint16_t id);

  enum class Manner : std::uint8_t { http, tunnel };
  // The cluster of a target. It stays for as long as somebody has a stream of it or waits for one, and a while longer.
  // Errors: target_denied, by its name or port alone; pool_overflow.
  Expected<Cluster*> find(std::string_view host, std::uint16_t port, Manner manner);

 private:
  static constexpr std::size_t kMost = 4096;
  static constexpr Nanos kKept = std::chrono::seconds(60);
  static constexpr Nanos kSweep = std::chrono::seconds(10);

  struct Destination {
    std::unique_ptr<Cluster> cluster;
    Nanos asked_at{};
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  void on_deadline(io::Deadline&) override;
  void sweep(Nanos kept);

  const EndpointServices services_;
  const TargetPolicy policy_;
  const config::Upstream& upstream_;
  const std::uint16_t id_;
  std::unordered_map<std::string, Destination, Hash, std::equal_to<>> known_;
  io::Deadline sweep_;
};

}  // namespace gladhand::upstream
