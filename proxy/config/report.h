// Collects everything that is wrong with one configuration.
//
// Reading goes on after an error, with a default in the place of what could not be read. So that one mistake makes one
// message, the checks that follow stay silent about places where reading has already found fault: see settle().
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <tuple>
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

  // In the order of the files and their lines; findings without a line come first.
  std::vector<Diagnostic> take();

 private:
  // A file that is no configuration at all has an error in every line; nobody reads more than this.
  static constexpr std::size_t kMost = 200;

  using Position = std::tuple<std::size_t, std::uint32_t, std::uint32_t>;  // which file, line and column
  struct Finding {
    Position at;
    Diagnostic diagnostic;
  };

  Position position(const Place& place) const { return {source_.order_of(place.file), place.line, place.column}; }

  const Source& source_;
  std::vector<Finding> found_;
  std::set<Position> settled_;
};

}  // namespace gladhand::config
