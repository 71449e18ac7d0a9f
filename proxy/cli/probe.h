// `gladhand probe URL`: the handshakes of a server, seen from outside.
#pragma once

#include <string>

namespace gladhand::cli {

struct ProbeOptions {
  std::string url;
  std::size_t count = 0;  // 0: one, or two where the second is to use what the first was given
  bool resumes = false;
  bool is_fast = false;  // by TCP Fast Open
  bool wants_http2 = false;
  bool wants_http1 = false;
  bool wants_websocket = false;
  std::string via;
  bool is_json = false;
  bool is_mermaid = false;
  std::string cacert;
  bool is_insecure = false;
  std::string timeout = "10s";
  std::string interval;
};

// What the exit codes mean, for --help.
extern const char* const kProbeFooter;

// The exit code of the process: see server::Exit and ProbeExit.
int run_probe(const ProbeOptions& options);

}  // namespace gladhand::cli
