#include "filter/catalog.h"

#include <array>

// Each from plugins/<name>/<name>.cc.
extern "C" {
const gladhand_plugin* gladhand_shipped_basic_auth(void);
const gladhand_plugin* gladhand_shipped_compress(void);
const gladhand_plugin* gladhand_shipped_handshake_guard(void);
const gladhand_plugin* gladhand_shipped_headers(void);
const gladhand_plugin* gladhand_shipped_ip_filter(void);
const gladhand_plugin* gladhand_shipped_rate_limit(void);
const gladhand_plugin* gladhand_shipped_redirect(void);
}

namespace gladhand::filter {

std::span<const gladhand_plugin* const> shipped_plugins() {
  static const std::array kShipped{
      gladhand_shipped_basic_auth(), gladhand_shipped_compress(),   gladhand_shipped_handshake_guard(), gladhand_shipped_headers(),
      gladhand_shipped_ip_filter(),  gladhand_shipped_rate_limit(), gladhand_shipped_redirect(),
  };
  return kShipped;
}

}  // namespace gladhand::filter
