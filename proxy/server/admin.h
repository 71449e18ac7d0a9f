// What the admin listener answers: the live page, metrics, recent connections, the state of the process and health. Nothing here changes anything.
#pragma once

#include <atomic>
#include <string>

#include "observe/metrics.h"
#include "server/handshakes.h"
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

// All outlive the responder.
Responder admin_responder(const observe::Metrics& metrics, Handshakes& handshakes, const StatusApi& status, const LivePage& page, const Health& health,
                          std::string own_host);

}  // namespace gladhand::server
