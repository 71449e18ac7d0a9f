// What the admin listener answers: the live page, metrics, recent connections, the state of the process and health. Nothing
// changes by GET: see admin_changes.h.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "observe/metrics.h"
#include "server/admin_changes.h"
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
  std::atomic<bool> is_unready{false};  // as somebody wished by POST /api/v1/drain; everything else goes on
};

struct AdminParts {
  const observe::Metrics& metrics;
  Handshakes& handshakes;
  const StatusApi& status;
  const LivePage& page;
  const Health& health;
  std::vector<std::string> own_names;           // that it answers to, besides localhost and addresses; of health, to every name
  std::function<std::string()> configuration;   // what runs, as JSON
  AdminChanges changes;
};

// As all answers of it are made: not to be stored, and nothing else than it says.
Answer text_answer(std::uint16_t status, std::string body);
// Of the first field of that name; empty: there is none.
std::string_view value_of(const http::Head& head, std::string_view name);

// All that is referred to outlives the responder.
Responder admin_responder(AdminParts parts);

}  // namespace gladhand::server
