#include "config/diagnostic.h"

#include <iterator>

#include <fmt/format.h>

#include "config/json_writer.h"

namespace gladhand::config {

namespace {

// The part of `text` before the underline with everything but tabs made blank, so that carets stand below their text
// whatever the terminal's tab width is.
std::string blank(std::string_view text, std::uint32_t indent) {
  std::string out;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;  // continues a code point
    if (indent-- == 0) break;
    out += c == '\t' ? '\t' : ' ';
  }
  return out;
}

}  // namespace

std::string render(const Diagnostic& d) {
  std::string out = fmt::format("error[{}]: {}\n", d.code(), d.message);
  const std::string number = fmt::format("{}", d.place.line);
  const std::string gutter(d.text.empty() ? 2 : number.size(), ' ');

  if (d.place.line > 0) {
    fmt::format_to(std::back_inserter(out), "{}--> {}:{}:{}\n", gutter, d.place.file, d.place.line, d.place.column);
  } else if (!d.place.file.empty()) {
    fmt::format_to(std::back_inserter(out), "{}--> {}\n", gutter, d.place.file);
  }
  if (!d.text.empty()) {
    const std::string underline = blank(d.text, d.indent) + std::string(d.length, '^');
    const std::string_view gap = d.hint.empty() ? "" : " ";
    fmt::format_to(std::back_inserter(out), "{} |\n{} | {}\n{} | {}{}{}\n", gutter, number, d.text, gutter, underline,
                   gap, d.hint);
  } else if (!d.hint.empty()) {
    fmt::format_to(std::back_inserter(out), "{} = {}\n", gutter, d.hint);
  }
  return out;
}

std::string render(std::span<const Diagnostic> diagnostics) {
  std::string out;
  for (const Diagnostic& d : diagnostics) out += render(d);
  return out;
}

std::string render_json(std::span<const Diagnostic> diagnostics) {
  std::string out = "[";
  std::string_view separator = "\n";
  for (const Diagnostic& d : diagnostics) {
    fmt::format_to(std::back_inserter(out),
                   "{}  {{\"code\": \"{}\", \"message\": {}, \"file\": {}, \"line\": {}, \"column\": {}, \"length\": {}, "
                   "\"text\": {}, \"hint\": {}}}",
                   separator, d.code(), json_quoted(d.message), json_quoted(d.place.file), d.place.line, d.place.column, d.length,
                   json_quoted(d.text), json_quoted(d.hint));
    separator = ",\n";
  }
  out += diagnostics.empty() ? "]\n" : "\n]\n";
  return out;
}

std::string count_text(std::size_t errors) { return fmt::format("{} error{}", errors, errors == 1 ? "" : "s"); }

}  // namespace gladhand::config
