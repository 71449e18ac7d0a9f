// Which files an `include` means.
#pragma once

#include <string>
#include <vector>

#include "config/report.h"

namespace gladhand::config {

inline constexpr std::size_t kMostIncluded = 256;  // files

struct IncludedFile {
  std::string path;
  std::size_t pattern = 0;  // the index of what led to it
};

struct Included {
  std::vector<IncludedFile> files;
  bool is_complete = true;  // false: something is missing, which has been reported
};

// The files that `patterns`, as they stand under the key `include` of the main file, lead to from its folder: each once, in the
// order of the patterns and, of one pattern, of their names, byte by byte. A pattern has * ? or [...] as glob(3) knows them and
// may lead to no file; anything else is the path of one file, which need not be there: who reads it will see. The main file
// itself is none of them.
Included find_included(const std::vector<std::string>& patterns, const std::string& folder, Report& report);

}  // namespace gladhand::config
