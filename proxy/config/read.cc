#include "config/read.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <expected>
#include <memory>

#include <fmt/format.h>

#include "config/document.h"
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

}  // namespace

Result read(std::string text, std::string file, const Environment& environment) {
  Result result{.config = {}, .diagnostics = {}, .source = Source(std::move(file), std::move(text))};
  Report report(result.source);

  const auto root = parse_document(result.source.text());
  if (root) {
    Reading reading{result.source, report, environment, folder_of(result.source.file())};
    TableReader(reading, *root, "", "").fill(result.config);
    report.settle();
    validate(result.config, report);
  } else {
    const Position at = root.error().at;
    report.add(Place{result.source.file(), at.line, at.column}, root.error().fault);
  }
  result.diagnostics = report.take();
  return result;
}

Result read_file(const std::string& path, const Environment& environment) {
  auto text = content_of(path);
  if (text) return read(*std::move(text), path, environment);
  Result result;
  result.source = Source(path, "");
  result.diagnostics.push_back(
      result.source.diagnose(Rule::unreadable_file, {path, 0, 0},
                             fmt::format("cannot read {}: {}", back_quoted(path), std::strerror(text.error()))));
  return result;
}

}  // namespace gladhand::config
