#include "exchange/gate.h"

#include "http/syntax.h"

namespace gladhand::exchange {

using upstream::Destinations;

Expected<upstream::Cluster*> Gate::target(const http::Head& head) {
  const std::string_view host = http::host_of(head.authority);
  const auto port = http::port_of(head.authority);
  if (head.method == "CONNECT") return destinations_.find(host, *port, Destinations::Manner::tunnel);  // its codec saw to the port
  if (head.scheme.empty()) return failure(Code::bad_request, "a forward proxy is asked for a whole URI, such as http://host/path");
  if (head.scheme != "http") return failure(Code::bad_request, "https goes through a forward proxy by CONNECT");
  return destinations_.find(host, port.value_or(config::default_port(config::Scheme::http)), Destinations::Manner::http);
}

}  // namespace gladhand::exchange
