// The endpoints of an upstream of the configuration, for whoever talks to them: workers, and the prober that checks them.
#pragma once

#include <memory>

#include "upstream/endpoint.h"

namespace gladhand::upstream {

// What all endpoints of an upstream have in common. `id` stands for it in records; `clock` outlives the pools.
PoolSettings pool_settings(const config::Upstream& settings, std::uint16_t id, const Clock& clock);

// The one at `index`. `addresses`: resolved before. `context`: of those that speak TLS; null where none does. `health` is told
// of dials that fail, and asked; may be null. All of them, but the addresses, outlive the endpoint.
std::unique_ptr<Endpoint> make_endpoint(const EndpointServices& services, const config::Upstream& settings, std::size_t index, PoolSettings pool,
                                        const io::Addresses& addresses, const tls::ClientContext* context, EndpointHealth* health);

}  // namespace gladhand::upstream
