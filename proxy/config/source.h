// The texts of a configuration and where its values stand in them: what turns a finding into a message with a caret.
//
// There is one main file, and behind it stand those that it includes, in the order in which they were read.
//
// A `Source` belongs to the reading that made it and may be kept as long as somebody may still have something to say
// about the file, such as that a certificate it names is missing. A Source without a text serves configurations that came
// from the command line: its diagnostics have no place, or the option that was noted as a file without a line.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/diagnostic.h"

namespace gladhand::config {

class Source {
 public:
  Source() : Source("", "") {}
  Source(std::string file, std::string text);
  // One more file.
  void add(std::string file, std::string text);

  // Of the main file.
  const std::string& file() const { return files_.front().name; }
  const std::string& text() const { return files_.front().text; }

  // All of them, the main one first.
  std::vector<std::string> files() const;
  // Where `file` stands among them; 0 for one that is none.
  std::size_t order_of(std::string_view file) const;

  // Of the main file, without its line ending and without a byte order mark; empty if there is no such line. Lines count from
  // 1. The view lives as long as the Source stays where it is, and no file is added.
  std::string_view line(std::uint32_t number) const { return files_.front().line(number); }

  // Values are found again by their path: "listener[0].tls.certificates[1]", "upstream[2]". The elements of
  // [upstream.NAME] are numbered in the order of the files.
  void note(std::string path, Place place) { places_.insert_or_assign(std::move(path), std::move(place)); }
  // The place of the value, else of the nearest table around it that is in the file, else the file as a whole.
  Place at(std::string_view path) const;
  // The place of the value itself; null: it is not in the file.
  const Place* given(std::string_view path) const;

  // The only maker of diagnostics. It looks up the source line and underlines the word, string, list or table header
  // that begins at `place`, as far as it stands on that line.
  Diagnostic diagnose(Rule rule, const Place& place, std::string_view message, std::string_view hint = {}) const;

 private:
  struct File {
    File(std::string file, std::string content);
    std::string_view line(std::uint32_t number) const;

    std::string name;
    std::string text;
    std::vector<std::size_t> line_starts;
  };

  std::vector<File> files_;  // never empty
  std::map<std::string, Place, std::less<>> places_;
};

// Of a thing, as somebody who looks at `from` would say it: "line 12", or of another file "routes/app.toml:12".
std::string where(const Place& there, const Place& from);

}  // namespace gladhand::config
