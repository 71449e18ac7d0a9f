#include "io/resolver.h"

#include <netdb.h>

namespace gladhand::io {
namespace {

using Lookup = PoolErrand<uv_getaddrinfo_t, Resolver::Answer>;

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
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, uv_freeaddrinfo);
  const Resolver::Answer answer = Lookup::landed(uv);
  if (!answer) return;
  if (status != 0 || !list) return answer(failure(Code::dns_failure, "the name did not resolve"));
  answer(collect(list));
}

}  // namespace

Ticket Resolver::resolve(const std::string& host, std::uint16_t port, Answer answer) {
  auto lookup = std::make_shared<Lookup>(std::move(answer));
  const std::string service = std::to_string(port);
  const auto ask = [&](const char* name, const addrinfo& wanted) { return uv_getaddrinfo(loop_.uv(), &lookup->uv, on_answer, name, service.c_str(), &wanted); };
  if (host.size() > kLongestName || ask(host.c_str(), hints(host)) != 0) {
    // libuv answers at once that it will not even ask. The answer to a name that is certain to fail comes later, like any.
    ask(".", addrinfo{.ai_flags = AI_NUMERICHOST});
  }
  return Lookup::sent(std::move(lookup));
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
