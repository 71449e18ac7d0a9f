// What there is to tell of the configuration itself.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gladhand::observe {

struct ConfigFacts {
  bool was_successful = true;      // when it was read the last time
  std::int64_t successful_at = 0;  // the last time that it was, in seconds since 1970
  std::uint64_t reloads_ok = 0;
  std::uint64_t reloads_failed = 0;
  std::uint64_t certificates_ok = 0;  // that were read anew because their files had changed
  std::uint64_t certificates_failed = 0;
  std::vector<std::pair<std::string, std::int64_t>> not_after;  // of each certificate, its name and until when it is valid
  std::uint64_t upgrades_failed = 0;  // that did not come about; one that does is the process's end
};

}  // namespace gladhand::observe
