// What the admin listener answers: the live page, metrics, recent connections, the state of the process and health. Nothing
// changes by GET.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "observe/metrics.h"
#include "server/handshakes.h"
#include "server/reload.h"
#include "server/service.h"

namespace gladhand::server {

class LivePage;
class StatusApi;

// So that whoever reaches the admin listener cannot make the proxy short of memory or descriptors.
inline constexpr ServiceLimits kAdminLimits{.body_bytes = Service::kKeptBody, .connections = 256};

// What the process tells of itself; written by the server, read by whoever asks.
struct Health {
  std::atomic<bool> is_ready{false};
  std::atomic<bool> is_draining{false};
};

struct AdminParts {
  const observe::Metrics& metrics;
  Handshakes& handshakes;
  const StatusApi& status;
  const LivePage& page;
  const Health& health;
  std::vector<std::string> own_names;           // that it answers to, besides localhost and addresses; of health, to every name
  std::function<std::string()> configuration;   // what runs, as JSON
  std::function<Reload::Outcome()> reload;      // what POST /api/v1/reload asks for
  std::function<std::optional<Nanos>()> stop;   // what POST /api/v1/stop does: see Server::stop
};

// All that is referred to outlives the responder.
Responder admin_responder(AdminParts parts);

}  // namespace gladhand::server
