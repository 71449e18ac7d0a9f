// What a forward proxy asks before it lets a request through.
#pragma once

#include "http/message.h"
#include "upstream/destinations.h"

namespace gladhand::exchange {

class Gate {
 public:
  Gate(const upstream::EndpointServices& services, const config::Forward& forward, const config::Upstream& upstream)
      : destinations_(services, forward, upstream, forward.upstream_index) {}

  // Where the request is to go. Errors: bad_request, for what names no target; and those of Destinations::find.
  Expected<upstream::Cluster*> target(const http::Head& head);

 private:
  upstream::Destinations destinations_;
};

}  // namespace gladhand::exchange
