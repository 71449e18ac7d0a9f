// What the admin listener does when it is asked to, by POST.
//
//   POST /api/v1/reload            the configuration is read anew: {"result":"ok","unchanged":["server.admin"]}, or 422 and
//                                  {"result":"failed","errors":[…]}; as text where Accept is text/plain
//   POST /api/v1/stop              the process ends, as by SIGTERM: {"stopping":true,"within":µs}; without "within" where it may take
//                                  as long as it likes. Whoever asks again is told the same
//   POST /api/v1/drain             /readyz answers 503 from then on, so that load balancers send nobody; all else goes on: {"state":"unready"}
//   POST /api/v1/undrain           /readyz answers as before: {"state":"serving"}
//   POST /api/v1/config/validate   the body, a configuration of at most Service::kKeptBody bytes, is looked at, and nothing changes: the
//                                  same array as of `gladhand validate --json`, empty where nothing is wrong. Files that it names are
//                                  looked at where a token must be shown; see posted_config.h.
//
// Pages of other sites are refused with 403. Where there is a token, whoever does not show it is refused with 401 (RFC 6750).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "server/reload.h"
#include "server/service.h"

namespace gladhand::server {

struct Health;

struct AdminChanges {
  std::function<Reload::Outcome()> reload;
  std::function<std::optional<Nanos>()> stop;  // see Server::stop
  std::function<void(bool is_unready)> make_unready;
  std::function<std::vector<config::Diagnostic>(std::string text, bool looks_at_files)> validate;
  std::function<std::string()> token;  // the one that must be shown now; empty: none
};

// Nothing: the path is none of the above.
std::optional<Answer> answer_change(const Question& question, const AdminChanges& changes, const Health& health);

}  // namespace gladhand::server
