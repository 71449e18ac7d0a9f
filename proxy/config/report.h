// Collects everything that is wrong with one configuration.
//
// Reading goes on after an error, with a default in the place of what could not be read. So that one mistake makes one
// message, the checks that follow stay silent about places where reading has already found fault: see settle().
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/diagnostic.h"
#include "config/source.h"

namespace gladhand::config {

class Report {
 public:
  // `source` outlives the report.
  explicit Report(const Source& source) : source_(source) {}

  void add(const Place& place, const Fault& fault);
  // About the value or table at `path`: see Source::at().
  void add(std::string_view path, const Fault& fault) { add(source_.at(path), fault); }

  const Source& source() const { return source_; }
  // Nothing more will be kept: a reason to save the work of finding out.
  bool is_full() const { return found_.size() >= kMost; }

  // A table whose missing key stands there misspelt has been spoken about: nothing more is said about its place.
  void excuse(const Place& place);

  // The value at `path` is given, and what it says could not be understood.
  bool was_misread(std::string_view path) const;

  // From here on nothing more is said about the places reported so far.
  void settle();

  // In the order of the file; findings without a line come first.
  std::vector<Diagnostic> take();

 private:
  // A file that is no configuration at all has an error in every line; nobody reads more than this.
  static constexpr std::size_t kMost = 200;

  const Source& source_;
  std::vector<Diagnostic> found_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> settled_;  // line and column
};

}  // namespace gladhand::config
