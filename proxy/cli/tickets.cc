#include "cli/tickets.h"

#include <cstdio>

#include "tls/ticket_file.h"

namespace gladhand::cli {
namespace {

server::Exit report(const std::string& message, const std::string& hint) {
  std::fprintf(stderr, "error: %s%s%s\n", message.c_str(), hint.empty() ? "" : "; ", hint.c_str());
  return server::Exit::could_not_start;
}

}  // namespace

server::Exit run_tickets_new(const std::string& path) {
  if (auto created = tls::create_ticket_file(path, tls::new_ticket_keys()); !created) {
    return report(created.error(), "a file that is there is changed by `gladhand tickets rotate`");
  }
  std::fprintf(stderr, "wrote `%s`; give it to every replica, as `tls.tickets` of a listener\n", path.c_str());
  return server::Exit::ok;
}

server::Exit run_tickets_rotate(const std::string& path) {
  const auto ring = tls::load_ticket_keys(path);
  if (!ring) return report(ring.error().message, ring.error().hint);
  if (auto replaced = tls::replace_ticket_file(path, tls::rotated_ticket_keys(*ring)); !replaced) return report(replaced.error(), "");
  std::fprintf(stderr, "`%s` seals with %s\n", path.c_str(),
               ring->size() == 1 ? "the same key, and names the next one: rotate again once every replica has the file" : "the key that was its last");
  return server::Exit::ok;
}

}  // namespace gladhand::cli
