#include "exchange/local_reply.h"

#include <fmt/format.h>

#include "http/date.h"
#include "http/reason.h"

namespace gladhand::exchange {

void send_local_reply(http::Stream& client, Error error, bool is_head_request, Arena& arena) {
  const ErrorRow& known = row(error.code);
  http::Head head;
  head.status = known.status;
  head.reason = http::reason_phrase(known.status);
  const std::string body = fmt::format("{} {}\n{}\n", known.status, head.reason, error.detail.empty() ? known.help : error.detail);
  head.content_length = body.size();
  head.abandons_request = true;
  head.fields.add(http::FieldId::date, "Date", http::date_now(arena));
  head.fields.add(http::FieldId::server, "Server", "gladhand");
  head.fields.add(http::FieldId::content_type, "Content-Type", "text/plain; charset=utf-8");
  if (known.status == 405) head.fields.add(http::FieldId::other, "Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  if (known.status == 407) head.fields.add(http::FieldId::proxy_authenticate, "Proxy-Authenticate", "Basic realm=\"gladhand\", charset=\"UTF-8\"");
  std::string_view status = arena.join({"gladhand; error=", known.proxy_status});
  if (!error.detail.empty()) status = arena.join({status, "; details=\"", error.detail, "\""});
  head.fields.add(http::FieldId::other, "Proxy-Status", status);
  client.send_head(head, is_head_request ? http::End::yes : http::End::no);
  if (is_head_request) return;
  Buffer bytes;
  bytes.append(std::string_view(body));
  client.send_body(std::move(bytes), http::End::yes);
}

}  // namespace gladhand::exchange
