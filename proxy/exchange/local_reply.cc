#include "exchange/local_reply.h"

#include <fmt/format.h>

#include "http/date.h"
#include "http/reason.h"
#include "http/syntax.h"

namespace gladhand::exchange {
namespace {

constexpr std::uint16_t kHttpsPort = 443;

void send(http::Stream& client, http::Head& head, std::string_view body, bool is_head_request, FieldLog& log) {
  log.on_response(head);
  client.send_head(head, is_head_request ? http::End::yes : http::End::no);
  if (is_head_request) return;
  Buffer bytes;
  bytes.append(body);
  client.send_body(std::move(bytes), http::End::yes);
}

// What every answer of our own begins with.
http::Head begin_reply(std::uint16_t status, std::size_t body_bytes, Arena& arena) {
  http::Head head;
  head.status = status;
  head.reason = http::reason_phrase(status);
  head.content_length = body_bytes;
  head.abandons_request = true;
  head.fields.add(http::FieldId::date, "Date", http::date_now(arena));
  head.fields.add(http::FieldId::server, "Server", "gladhand");
  head.fields.add(http::FieldId::content_type, "Content-Type", "text/plain; charset=utf-8");
  return head;
}

}  // namespace

void send_local_reply(http::Stream& client, Error error, bool is_head_request, Arena& arena, FieldLog& log) {
  const ErrorRow& known = row(error.code);
  const std::string body =
      fmt::format("{} {}\n{}\n", known.status, http::reason_phrase(known.status), error.detail.empty() ? known.help : error.detail);
  http::Head head = begin_reply(known.status, body.size(), arena);
  if (known.status == 405) head.fields.add(http::FieldId::other, "Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  if (known.status == 407) head.fields.add(http::FieldId::proxy_authenticate, "Proxy-Authenticate", "Basic realm=\"gladhand\", charset=\"UTF-8\"");
  std::string_view status = arena.join({"gladhand; error=", known.proxy_status});
  if (!error.detail.empty()) status = arena.join({status, "; details=\"", error.detail, "\""});
  head.fields.add(http::FieldId::other, "Proxy-Status", status);
  send(client, head, body, is_head_request, log);
}

std::string_view secure_location(const http::Head& request, std::uint16_t port, Arena& arena) {
  const std::string number = port == kHttpsPort ? "" : fmt::format(":{}", port);
  const std::string_view target = request.target.starts_with('/') ? request.target : "/";
  return arena.join({"https://", http::host_of(request.authority), number, target});
}

void send_redirect(http::Stream& client, const http::Head& request, std::uint16_t port, Arena& arena, FieldLog& log) {
  constexpr std::string_view kBody = "This is served by https.\n";
  http::Head head = begin_reply(kRedirectStatus, kBody.size(), arena);
  head.fields.add(http::FieldId::other, "Location", secure_location(request, port, arena));
  send(client, head, kBody, request.method == "HEAD", log);
}

}  // namespace gladhand::exchange
