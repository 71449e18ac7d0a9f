#include "tls/session_cache.h"

#include <algorithm>
#include <ctime>

namespace gladhand::tls {
namespace {

bool is_fresh(const SSL_SESSION* session) {
  if (SSL_SESSION_is_resumable(session) != 1) return false;
  long lifetime = SSL_SESSION_get_timeout(session);
  if (const auto hint = SSL_SESSION_get_ticket_lifetime_hint(session)) lifetime = std::min(lifetime, static_cast<long>(hint));
  return made_at(session) + lifetime > std::time(nullptr);
}

bool is_for_one_use(const SSL_SESSION* session) { return SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION; }

}  // namespace

void SessionCache::keep(SessionPtr session) {
  // Those of TLS 1.2 can be used again and again: one is enough.
  if (!is_for_one_use(session.get())) sessions_.clear();
  sessions_.push_back(std::move(session));
  if (sessions_.size() > kKept) sessions_.pop_front();
}

SessionPtr SessionCache::take() {
  while (!sessions_.empty()) {
    SessionPtr newest = std::move(sessions_.back());
    sessions_.pop_back();
    if (!is_fresh(newest.get())) continue;
    if (!is_for_one_use(newest.get())) {
      SSL_SESSION_up_ref(newest.get());
      sessions_.emplace_back(newest.get());
    }
    return newest;
  }
  return nullptr;
}

}  // namespace gladhand::tls
