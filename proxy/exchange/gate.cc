#include "exchange/gate.h"

#include "http/syntax.h"

namespace gladhand::exchange {

using upstream::Destinations;

Gate::Gate(const upstream::EndpointServices& services, const config::Forward& forward, const config::Upstream& upstream,
           std::uint16_t upstream_id, std::shared_ptr<const auth::Users> users)
    : destinations_(services, forward, upstream, upstream_id) {
  if (users) authenticator_.emplace(services.loop, std::move(users));
}

std::optional<bool> Gate::knows(const http::Head& head) {
  if (!authenticator_) return true;
  return authenticator_->known(head.fields.value(http::FieldId::proxy_authorization));
}

std::unique_ptr<Gate::Question> Gate::ask_who(const http::Head& head, auth::Authenticator::Answer answer) {
  return authenticator_->ask(head.fields.value(http::FieldId::proxy_authorization), std::move(answer));
}

Expected<upstream::Cluster*> Gate::target(const http::Head& head) {
  const std::string_view host = http::host_of(head.authority);
  const auto port = http::port_of(head.authority);
  if (head.method == "CONNECT") return destinations_.find(host, *port, Destinations::Manner::tunnel);  // its codec saw to the port
  if (head.scheme.empty()) return failure(Code::bad_request, "a forward proxy is asked for a whole URI, such as http://host/path");
  if (head.scheme != "http") return failure(Code::bad_request, "https goes through a forward proxy by CONNECT");
  return destinations_.find(host, port.value_or(config::default_port(config::Scheme::http)), Destinations::Manner::http);
}

}  // namespace gladhand::exchange
