// Which TLS library the process runs with.
#pragma once

#include <string>

namespace gladhand::tls {

struct About {
  std::string version;  // "OpenSSL 3.0.22"
  bool is_older_than_built = false;
};
About about_library();

}  // namespace gladhand::tls
