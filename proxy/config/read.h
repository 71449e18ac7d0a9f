// From a TOML file, and those that it includes, to a checked configuration, or to everything that is wrong with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/diagnostic.h"
#include "config/expand.h"
#include "config/source.h"

namespace gladhand::config {

struct Result {
  Config config;                        // to be used only if is_valid()
  std::vector<Diagnostic> diagnostics;  // in the order of the files
  Source source;                        // for findings that come later: see Source::diagnose()

  bool is_valid() const { return diagnostics.empty(); }
};

// Whether included files are read. Where they are left out, nothing of what refers to what is judged.
enum class Inclusion : std::uint8_t { followed, left_out };

// Reads, expands variables and validates. `file` is only a name: it stands in places, and relative paths begin in its folder,
// those of certificates as those of included files, in which paths begin there, too. Accepts any bytes; everything wrong is
// reported at once, with two exceptions: of a file that is not TOML nothing but its first syntax error, and while a file is
// missing nothing of what refers to what.
Result read(std::string text, std::string file, const Environment& environment = process_environment, Inclusion inclusion = Inclusion::followed);

// The same from the file system. A file that cannot be read is a diagnostic without a line.
Result read_file(const std::string& path, const Environment& environment = process_environment);

}  // namespace gladhand::config
