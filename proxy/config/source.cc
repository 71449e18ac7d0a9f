#include "config/source.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/printable.h"

namespace gladhand::config {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kCut = "…";
constexpr std::size_t kLongest = 400;     // code points of a message or hint
constexpr std::size_t kWidest = 160;      // code points of a source line that are shown
constexpr std::size_t kLeadingPart = 40;  // of them before the underline, when a line has to be cut

std::size_t skip_code_points(std::string_view text, std::size_t n) {
  std::size_t offset = 0;
  for (; n > 0 && offset < text.size(); --n) offset += code_point_bytes(text.substr(offset));
  return offset;
}

std::size_t quoted_bytes(std::string_view text) {
  const char quote = text[0];
  // """ and ''' are underlined to the end of their first line.
  if (text.size() >= 3 && text[1] == quote && text[2] == quote) return text.size();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == quote) {
      return i + 1;
    }
  }
  return text.size();
}

std::size_t bracketed_bytes(std::string_view text) {
  std::size_t open = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      i += quoted_bytes(text.substr(i));
      continue;
    }
    if (c == '#') return i;
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && --open == 0) return i + 1;
    ++i;
  }
  return text.size();
}

// How much of `text` belongs to the TOML word it begins with. A guess by looks: the underline helps the eye, no more.
std::size_t word_bytes(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] == '"' || text[0] == '\'') return quoted_bytes(text);
  if (text[0] == '[' || text[0] == '{') return bracketed_bytes(text);
  // Numbers and dates hold dots and colons; a bare key ends at a dot.
  const bool is_number = (text[0] >= '0' && text[0] <= '9') || text[0] == '+' || text[0] == '-';
  const std::string_view ends = is_number ? " \t=,]}#" : " \t=,]}#.";
  return std::min(text.find_first_of(ends), text.size());
}

std::string_view without_trailing_blanks(std::string_view text, std::string_view blanks) {
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

}  // namespace

Source::File::File(std::string file, std::string content) : name(std::move(file)), text(std::move(content)) {
  line_starts.push_back(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') line_starts.push_back(i + 1);
  }
}

std::string_view Source::File::line(std::uint32_t number) const {
  if (number == 0 || number > line_starts.size()) return {};
  const std::size_t begin = line_starts[number - 1];
  const std::size_t end = number < line_starts.size() ? line_starts[number] : text.size();
  return without_trailing_blanks(std::string_view(text).substr(begin, end - begin), "\r\n");
}

Source::Source(std::string file, std::string text) { add(std::move(file), std::move(text)); }

void Source::add(std::string file, std::string text) { files_.emplace_back(std::move(file), std::move(text)); }

std::vector<std::string> Source::files() const {
  std::vector<std::string> names;
  for (const File& file : files_) names.push_back(file.name);
  return names;
}

std::size_t Source::order_of(std::string_view file) const {
  const auto found = std::ranges::find(files_, file, &File::name);
  return found == files_.end() ? 0 : static_cast<std::size_t>(found - files_.begin());
}

Place Source::at(std::string_view path) const {
  while (!path.empty()) {
    if (const auto found = places_.find(path); found != places_.end()) return found->second;
    const std::size_t parent = path.find_last_of(".[");
    if (parent == std::string_view::npos) break;
    path = path.substr(0, parent);
  }
  return {file(), 0, 0};
}

const Place* Source::given(std::string_view path) const {
  const auto found = places_.find(path);
  return found == places_.end() ? nullptr : &found->second;
}

Diagnostic Source::diagnose(Rule rule, const Place& place, std::string_view message, std::string_view hint) const {
  Diagnostic d{
      .rule = rule, .message = printable(message, kLongest), .place = place, .hint = printable(hint, kLongest)};
  d.place.file = printable(place.file);
  const File& file = files_[order_of(place.file)];
  if (place.line == 0 || place.file != file.name) return d;

  const std::string_view whole = without_trailing_blanks(file.line(place.line), " \t");
  if (whole.empty()) return d;
  const std::size_t offset = skip_code_points(whole, std::max(place.column, 1u) - 1);
  std::size_t indent = count_code_points(whole.substr(0, offset));
  std::size_t length =
      std::max<std::size_t>(1, count_code_points(whole.substr(offset, word_bytes(whole.substr(offset)))));

  if (count_code_points(whole) <= kWidest) {
    d.text = printable(whole);
  } else {
    const std::size_t first = indent > kLeadingPart ? indent - kLeadingPart : 0;
    std::string_view part = whole.substr(skip_code_points(whole, first));
    const std::size_t end = skip_code_points(part, kWidest);
    d.text = (first > 0 ? std::string(kCut) : "") + printable(part.substr(0, end)) +
             (end < part.size() ? std::string(kCut) : "");
    indent = indent - first + (first > 0 ? 1 : 0);
    length = std::min(length, count_code_points(part.substr(0, end)) - (indent - (first > 0 ? 1 : 0)));
    length = std::max<std::size_t>(length, 1);
  }
  d.indent = static_cast<std::uint32_t>(indent);
  d.length = static_cast<std::uint32_t>(length);
  return d;
}

std::string where(const Place& there, const Place& from) {
  return there.file == from.file ? fmt::format("line {}", there.line) : fmt::format("{}:{}", there.file, there.line);
}

}  // namespace gladhand::config
