#include "config/include.h"

#include <algorithm>
#include <cerrno>
#include <expected>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>

#include "config/printable.h"

namespace gladhand::config {

namespace {

bool has_wildcards(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

// As a pattern that stands for these very characters.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.contains(c)) out += '\\';
    out += c;
  }
  return out;
}

// What is not there has no files in it, and is no error.
int on_unreadable_folder(const char*, int error) { return error != ENOENT; }

struct Unreadable {};

std::expected<std::vector<std::string>, Unreadable> matches(const std::string& folder, const std::string& pattern) {
  // glob() takes a backslash for the escape of what follows; to us it is a character like others.
  const bool is_absolute = pattern.starts_with('/');
  const std::string whole = (is_absolute ? "" : escaped(folder, "*?[\\")) + escaped(pattern, "\\");
  glob_t found{};
  const int result = glob(whole.c_str(), GLOB_NOSORT, on_unreadable_folder, &found);
  std::vector<std::string> paths;
  for (std::size_t i = 0; result == 0 && i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
  globfree(&found);
  if (result != 0 && result != GLOB_NOMATCH) return std::unexpected(Unreadable());
  std::ranges::sort(paths);
  return paths;
}

class Search {
 public:
  Search(const std::string& folder, Report& report) : folder_(folder), report_(report), main_(identity(report.source().file())) {}

  Included run(const std::vector<std::string>& patterns) {
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      if (patterns[i].empty()) {
        found_.is_complete = false;  // it has been reported
      } else if (has_wildcards(patterns[i])) {
        look(patterns[i], i);
      } else if (const std::string path = patterns[i].starts_with('/') ? patterns[i] : folder_ + patterns[i]; main_ && identity(path) == main_) {
        fail(i, {Rule::main_file_only, fmt::format("{} would include itself", back_quoted(patterns[i])), "name other files"});
      } else {
        add(path, i);
      }
    }
    return std::move(found_);
  }

 private:
  using Identity = std::pair<dev_t, ino_t>;

  static std::optional<Identity> identity(const std::string& path) {
    struct stat s {};
    return stat(path.c_str(), &s) == 0 ? std::optional(Identity(s.st_dev, s.st_ino)) : std::nullopt;
  }

  void look(const std::string& pattern, std::size_t index) {
    const auto paths = matches(folder_, pattern);
    if (!paths) return fail(index, {Rule::unreadable_file, fmt::format("a folder on the way of {} cannot be read", back_quoted(pattern)), "see that it may be listed"});
    for (const std::string& path : *paths) add(path, index);
  }

  void add(const std::string& path, std::size_t index) {
    const auto id = identity(path);
    if (id && (id == main_ || !seen_.insert(*id).second)) return;
    if (found_.files.size() < kMostIncluded) return found_.files.push_back({path, index});
    if (std::exchange(is_full_, true)) return;
    fail(index, {Rule::too_many, fmt::format("more than {} files are included", kMostIncluded), "put the tables of several into one"});
  }

  void fail(std::size_t index, const Fault& fault) {
    found_.is_complete = false;
    report_.add(fmt::format("include[{}]", index), fault);
  }

  const std::string& folder_;
  Report& report_;
  const std::optional<Identity> main_;
  std::set<Identity> seen_;
  Included found_;
  bool is_full_ = false;
};

}  // namespace

Included find_included(const std::vector<std::string>& patterns, const std::string& folder, Report& report) {
  return Search(folder, report).run(patterns);
}

}  // namespace gladhand::config
