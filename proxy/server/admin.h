// What the admin listener answers: metrics, recent connections and health. Nothing changes by GET.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "observe/metrics.h"
#include "server/handshakes.h"
#include "server/reload.h"
#include "server/service.h"

namespace gladhand::server {

// What the process tells of itself; written by the server, read by whoever asks.
struct Health {
  std::atomic<bool> is_ready{false};
  std::atomic<bool> is_draining{false};
};

// All outlive the responder. It answers to `own_names`, to localhost and to addresses; of health, to every name. `reload` is
// what POST /api/v1/reload asks for.
Responder admin_responder(const observe::Metrics& metrics, Handshakes& handshakes, const Health& health, std::vector<std::string> own_names,
                          std::function<Reload::Outcome()> reload);

}  // namespace gladhand::server
