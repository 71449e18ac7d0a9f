// What the admin listener answers: metrics, recent connections and health. Nothing here changes anything.
#pragma once

#include <atomic>
#include <string>

#include "observe/metrics.h"
#include "server/handshakes.h"
#include "server/service.h"

namespace gladhand::server {

// What the process tells of itself; written by the server, read by whoever asks.
struct Health {
  std::atomic<bool> is_ready{false};
  std::atomic<bool> is_draining{false};
};

// All outlive the responder.
Responder admin_responder(const observe::Metrics& metrics, Handshakes& handshakes, const std::string& configuration_json, const Health& health,
                          std::string own_host);

}  // namespace gladhand::server
