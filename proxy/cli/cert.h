// `gladhand cert`: makes certificates to try things out with, and shows those of files and servers.
#pragma once

#include <string>
#include <vector>

#include "server/server.h"

namespace gladhand::cli {

struct SelfSignedOptions {
  std::vector<std::string> names;
  int days = 90;
  std::string out = "gladhand";
};
// Writes OUT.pem, and OUT.key that its owner alone can read. Files that are there stay as they are.
server::Exit run_cert_self_signed(const SelfSignedOptions& options);

struct CertShowOptions {
  std::string what;
  bool is_json = false;
};

inline constexpr const char* kCertShowFooter =
    "A file is PEM, its own certificate first; beside it a key is looked for: web.key beside web.pem, or privkey.pem. What is no\n"
    "file is a server: https://example.com, example.com or example.com:8443; what it shows is shown whether it is trusted or not.\n\n"
    "Exit status: 0 the certificates were shown; 1 they are none, or the key beside them belongs to another; 3 nothing to show.";

server::Exit run_cert_show(const CertShowOptions& options);

}  // namespace gladhand::cli
