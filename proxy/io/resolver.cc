#include "io/resolver.h"

#include <netdb.h>

namespace gladhand::io {

struct Ticket::Request {
  uv_getaddrinfo_t uv;
  std::shared_ptr<Request> in_flight;  // keeps itself until libuv is done with it
  Resolver::Answer answer;
};

namespace {

constexpr std::size_t kLongestName = 253;

addrinfo hints(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  // A name is resolved to what this machine can reach. An address is what it is, on a machine without IPv6 too.
  wanted.ai_flags = Address::numeric(host, 0) ? AI_NUMERICHOST : AI_ADDRCONFIG;
  return wanted;
}

Addresses collect(const addrinfo* list) {
  Addresses addresses;
  for (; list; list = list->ai_next) addresses.emplace_back(list->ai_addr, list->ai_addrlen);
  return addresses;
}

void on_answer(uv_getaddrinfo_t* uv, int status, addrinfo* list) {
  const std::shared_ptr<Ticket::Request> done = std::move(static_cast<Ticket::Request*>(uv->data)->in_flight);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, uv_freeaddrinfo);
  if (!done->answer) return;
  if (status != 0 || !list) return done->answer(failure(Code::dns_failure, "the name did not resolve"));
  done->answer(collect(list));
}

}  // namespace

Ticket::~Ticket() {
  if (!request_) return;
  request_->answer = nullptr;
  if (!request_->in_flight) return;
  uv_cancel(reinterpret_cast<uv_req_t*>(&request_->uv));  // if a thread has it already, the answer is dropped below
}

Ticket Resolver::resolve(const std::string& host, std::uint16_t port, Answer answer) {
  auto request = std::make_shared<Ticket::Request>();
  request->answer = std::move(answer);
  request->uv.data = request.get();
  const std::string service = std::to_string(port);
  const auto ask = [&](const char* name, const addrinfo& wanted) { return uv_getaddrinfo(loop_.uv(), &request->uv, on_answer, name, service.c_str(), &wanted); };
  if (host.size() > kLongestName || ask(host.c_str(), hints(host)) != 0) {
    // libuv answers at once that it will not even ask. The answer to a name that is certain to fail comes later, like any.
    ask(".", addrinfo{.ai_flags = AI_NUMERICHOST});
  }
  request->in_flight = request;
  return Ticket(std::move(request));
}

Expected<Addresses> resolve_now(const std::string& host, std::uint16_t port) {
  const addrinfo wanted = hints(host);
  addrinfo* list = nullptr;
  if (host.size() > kLongestName || getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &list) != 0) {
    return failure(Code::dns_failure, "the name did not resolve");
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, freeaddrinfo);
  return collect(list);
}

}  // namespace gladhand::io
