// Keeps the ticket keys that replicas share as their files have them.
#pragma once

#include <optional>
#include <vector>

#include "io/loop.h"
#include "server/prepared.h"
#include "tls/ticket_file.h"

namespace gladhand::server {

class TicketFiles final : private io::DeadlineEvents {
 public:
  // `config` and `prepared` outlive the object.
  TicketFiles(io::Loop& loop, const config::Config& config, const Prepared& prepared);

 private:
  static constexpr Nanos kLook = std::chrono::seconds(1);  // a small read each; a Secret's file changes by a link elsewhere

  struct Watched {
    const config::Listener& listener;
    tls::TicketKeys& keys;
    std::optional<tls::TicketFileProblem> problem;  // the last one that was said
  };

  void on_deadline(io::Deadline&) override;
  static void look_at(Watched& watched);

  std::vector<Watched> files_;
  io::Deadline look_;
};

}  // namespace gladhand::server
