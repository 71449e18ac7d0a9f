// From a TOML file to a checked configuration, or to everything that is wrong with it.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/diagnostic.h"
#include "config/expand.h"
#include "config/source.h"

namespace gladhand::config {

struct Result {
  Config config;                        // to be used only if is_valid()
  std::vector<Diagnostic> diagnostics;  // in the order of the file
  Source source;                        // for findings that come later: see Source::diagnose()

  bool is_valid() const { return diagnostics.empty(); }
};

// Reads, expands variables and validates. `file` is only a name: it stands in places, and relative paths of
// certificates begin in its folder. Accepts any bytes; everything wrong is reported at once, unless the text is not
// TOML: then the first syntax error is the only diagnostic.
Result read(std::string text, std::string file, const Environment& environment = process_environment);

// The same from the file system. A file that cannot be read is a diagnostic without a line.
Result read_file(const std::string& path, const Environment& environment = process_environment);

}  // namespace gladhand::config
