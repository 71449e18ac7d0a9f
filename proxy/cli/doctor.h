// `gladhand doctor`: whether this machine, and what a configuration names, is as the proxy needs it.
#pragma once

#include <string>

#include "server/server.h"

namespace gladhand::cli {

struct DoctorOptions {
  std::string path;  // of the configuration; empty: found as `run` finds it, if there is one
  bool is_json = false;
};

inline constexpr const char* kDoctorFooter =
    "Looks at limits, kernel settings, ports, the clock, certificates and keys, changes nothing, and names for each finding a\n"
    "command that cures it. Without a configuration it looks at the machine alone. Run it as the user, and in the container or\n"
    "unit, that the proxy runs as and in: limits and rights are those of whoever asks.\n\n"
    "Exit status: 0 no problem, warnings or not; 1 a problem: the proxy would not start, or not work.";

// configuration_invalid: there is a problem.
server::Exit run_doctor(const DoctorOptions& options);

}  // namespace gladhand::cli
