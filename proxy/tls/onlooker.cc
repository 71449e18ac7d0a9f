#include "tls/onlooker.h"

namespace gladhand::tls {
namespace {

using Inside = timeline::TunnelFacts::Inside;
using ServerName = timeline::TunnelFacts::ServerName;

Inside inside(TunnelWatch::Kind kind) {
  switch (kind) {
    case TunnelWatch::Kind::tls: return Inside::tls;
    case TunnelWatch::Kind::opaque: return Inside::opaque;
    case TunnelWatch::Kind::unknown: break;
  }
  return Inside::unknown;
}

ServerName server_name(TunnelWatch::ServerName name) {
  switch (name) {
    case TunnelWatch::ServerName::same: return ServerName::same;
    case TunnelWatch::ServerName::other: return ServerName::other;
    case TunnelWatch::ServerName::absent: break;
  }
  return ServerName::absent;
}

}  // namespace

std::optional<timeline::TunnelFacts> Onlooker::facts() const {
  if (!watch_) return std::nullopt;
  const TunnelWatch::Facts& seen = watch_->facts();
  return timeline::TunnelFacts{.inside = inside(watch_->kind()),
                               .offered = seen.offered,
                               .version = seen.version,
                               .server_name = server_name(seen.server_name),
                               .offers_h2 = seen.offers_h2,
                               .offers_http1_1 = seen.offers_http1_1,
                               .was_retried = seen.was_retried,
                               .resumed = seen.resumed,
                               .tls = watch_->duration()};
}

}  // namespace gladhand::tls
