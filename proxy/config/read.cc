#include "config/read.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <expected>
#include <memory>

#include <fmt/format.h>

#include "config/document.h"
#include "config/include.h"
#include "config/printable.h"
#include "config/report.h"
#include "config/table_reader.h"
#include "config/validate.h"

namespace gladhand::config {

namespace {

std::string folder_of(std::string_view file) { return std::string(file.substr(0, file.rfind('/') + 1)); }

// One byte more than a configuration may have: enough to know that it is too large, whatever the file turns out to be.
std::expected<std::string, int> content_of(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return std::unexpected(errno);
  std::string text(kMostBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get())) return std::unexpected(errno);
  return text;
}

Fault unreadable(const std::string& path, int error) {
  return {Rule::unreadable_file, fmt::format("cannot read {}: {}", back_quoted(path), std::strerror(error))};
}

// What an included file must not say is reported, and taken out of it.
void refuse_what_is_the_main_files(Node& root, Reading& reading) {
  std::erase_if(root.members, [&](const Member& m) {
    if (m.key != "include" && m.key != "server" && m.key != "log") return false;
    reading.report.add(Place{reading.file, m.at.line, m.at.column},
                       {Rule::main_file_only, fmt::format("{} may stand in the main file only", back_quoted(m.key)),
                        fmt::format("move it to {}", reading.source.file())});
    return true;
  });
}

// Adds what the text of `reading.file` says. False: it is not TOML, which has been reported.
bool fill(Config& config, Reading& reading, std::string_view text) {
  auto root = parse_document(text);
  if (!root) {
    reading.report.add(Place{reading.file, root.error().at.line, root.error().at.column}, root.error().fault);
    return false;
  }
  if (reading.file != reading.source.file()) refuse_what_is_the_main_files(*root, reading);
  TableReader(reading, *root, "", "").fill(config);
  return true;
}

// False: something of it is not there, which has been reported.
bool fill_with_included(Config& config, Reading& reading) {
  const Included included = find_included(config.include, reading.folder, reading.report);
  // One that could not be understood leads nowhere.
  bool is_complete = included.is_complete && !(config.include.empty() && reading.source.given("include"));
  for (const auto& [path, pattern] : included.files) {
    auto text = content_of(path);
    if (text) {
      reading.file = path;
      reading.source.add(path, *text);
      is_complete &= fill(config, reading, *text);
    } else {
      reading.report.add(fmt::format("include[{}]", pattern), unreadable(path, text.error()));
      is_complete = false;
    }
  }
  return is_complete;
}

}  // namespace

Result read(std::string text, std::string file, const Environment& environment, Inclusion inclusion) {
  Result result{.config = {}, .diagnostics = {}, .source = Source(file, text)};
  Report report(result.source);
  Reading reading{result.source, report, environment, folder_of(file), file};
  bool is_complete = fill(result.config, reading, text);
  if (inclusion == Inclusion::left_out) {
    is_complete &= !result.source.given("include");
  } else if (is_complete) {
    is_complete = fill_with_included(result.config, reading);
  }
  report.settle();
  if (is_complete) validate(result.config, report);
  result.diagnostics = report.take();
  return result;
}

Result read_file(const std::string& path, const Environment& environment) {
  auto text = content_of(path);
  if (text) return read(*std::move(text), path, environment);
  Result result;
  result.source = Source(path, "");
  const Fault fault = unreadable(path, text.error());
  result.diagnostics.push_back(result.source.diagnose(fault.rule, {path, 0, 0}, fault.message));
  return result;
}

}  // namespace gladhand::config
