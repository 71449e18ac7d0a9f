// The files that a configuration names, read and checked before anything runs.
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

namespace gladhand::server {

struct Files {
  std::vector<std::optional<tls::CertificatePair>> certificates;  // of each [certificate.NAME]; nothing: reported
  std::vector<std::shared_ptr<const auth::Users>> users;          // of each listener; null: none are asked for
  std::vector<std::optional<net::FastOpenKeys>> fast_open_keys;   // of each listener
  std::vector<std::string> client_authorities;                    // of each listener, as PEM; empty: none are asked for
  std::unique_ptr<const filter::Plugins> plugins;
  std::vector<std::string> authorities;                           // of each upstream, as PEM; empty: the system's
};

// Adds everything that is wrong to `problems`.
Files read_files(const config::Config& config, const config::Source& source, std::vector<config::Diagnostic>& problems);

}  // namespace gladhand::server
