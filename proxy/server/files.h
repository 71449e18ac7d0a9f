// The files that a configuration names, read and checked before they are used.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/users.h"
#include "config/config.h"
#include "config/diagnostic.h"
#include "config/source.h"
#include "filter/plugins.h"
#include "net/fast_open.h"
#include "tls/certificate.h"
#include "tls/tickets.h"

namespace gladhand::server {

struct Files {
  std::vector<std::optional<tls::CertificatePair>> certificates;  // of each [certificate.NAME]; nothing: reported
  std::vector<std::shared_ptr<const auth::Users>> users;          // of each listener; null: none are asked for
  std::vector<std::optional<net::FastOpenKeys>> fast_open_keys;   // of each listener
  std::vector<std::shared_ptr<const tls::TicketKeys>> ticket_keys;  // of each listener; null: those of the process
  std::vector<std::string> client_authorities;                    // of each listener, as PEM; empty: none are asked for
  std::shared_ptr<const filter::Plugins> plugins;  // a configuration's for as long as it runs: what they have counted stays
  std::string admin_token;                                        // of the admin listener; empty: none need be shown
  std::vector<std::string> authorities;                           // of each upstream, as PEM; empty: the system's

  // How many of them hold something else. Fast Open keys, which go their own way (listening_sockets.h), do not count.
  std::size_t count_changed(const Files& since) const;
};

// Adds everything that is wrong to `problems`. What cannot be used is left empty, or as it is in `kept`, which was read for the
// same configuration.
Files read_files(const config::Config& config, const config::Source& source, std::vector<config::Diagnostic>& problems, const Files* kept = nullptr);

// The paths of all of them but Fast Open keys.
std::vector<std::string> paths_of(const config::Config& config);

}  // namespace gladhand::server
