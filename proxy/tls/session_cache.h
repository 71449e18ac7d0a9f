// Sessions that one server has offered to resume, kept by its client: one endpoint's, of one worker.
//
// A session of TLS 1.3 is used once, so that nobody on the way can tell that two connections are the same client's
// (RFC 8446 appendix C.4); one of TLS 1.2 until it expires. The newest is used first.
#pragma once

#include <deque>

#include "tls/openssl.h"

namespace gladhand::tls {

class SessionCache {
 public:
  static constexpr std::size_t kKept = 8;  // a burst of new connections finds a ticket for each

  void keep(SessionPtr session);
  // Null: none is left that the server would still know.
  SessionPtr take();
  std::size_t size() const { return sessions_.size(); }

 private:
  std::deque<SessionPtr> sessions_;  // oldest first
};

}  // namespace gladhand::tls
