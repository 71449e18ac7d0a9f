#include "http/hop_by_hop.h"

namespace gladhand::http {

bool is_hop_by_hop(FieldId id) {
  switch (id) {
    case FieldId::connection:
    case FieldId::keep_alive:
    case FieldId::proxy_connection:
    case FieldId::proxy_authenticate:
    case FieldId::proxy_authorization:
    case FieldId::te:
    case FieldId::transfer_encoding:
    case FieldId::upgrade:
    case FieldId::http2_settings:
    case FieldId::proxy:  // becomes HTTP_PROXY in a CGI's environment (httpoxy)
      return true;
    default: return false;
  }
}

}  // namespace gladhand::http
