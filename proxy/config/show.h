// The configuration in force, each value with where it came from. Secrets are redacted: see constraint.h.
#pragma once

#include <string>

#include "config/config.h"
#include "config/source.h"

namespace gladhand::config {

enum class Shown : std::uint8_t {
  given,       // what stands in the file
  everything,  // and the defaults of what does not
};

// As TOML, with a comment behind each value: "# gladhand.toml:12" or "# default". It is one file, whatever the configuration
// included: in the folder of the main file it reads back as the same configuration, secrets apart. `config` has been validated,
// and `source` is that of its reading.
std::string show_toml(const Config& config, const Source& source, Shown shown);

// The same as JSON, ended by a newline: tables are objects, lists of tables are arrays, each value is
//     {"value": 4096, "from": "gladhand.toml:12"}
// `from` is null for a default, and an option of the command line where that gave the value. "files" are all that were read.
std::string show_json(const Config& config, const Source& source, Shown shown);

}  // namespace gladhand::config
