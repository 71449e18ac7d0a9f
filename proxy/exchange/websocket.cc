#include "exchange/websocket.h"

#include <string>

#include "http/upgrade.h"
#include "tls/digest.h"

namespace gladhand::exchange {

void add_key(http::Head& request, Arena& arena) {
  if (!http::value_of(request.fields, http::kWebsocketKey).empty()) return;
  request.fields.add(http::FieldId::other, "Sec-WebSocket-Key", arena.copy(tls::random_key()));
}

bool answers_key(const http::Head& response, const http::Head& request) {
  std::string key(http::value_of(request.fields, http::kWebsocketKey));
  return http::value_of(response.fields, http::kWebsocketAccept) == tls::sha1_base64(key.append("258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
}

}  // namespace gladhand::exchange
