#include "config/document.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

// toml++ 3.3 asserts that a key follows the bracket of a table header, and with clang tells the optimiser so in release
// builds. Files such as "[=" disagree; behind the assertion it reports them as it should. So it must not assert.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(condition) static_assert(true)
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include "config/printable.h"

namespace gladhand::config {

static_assert(TOML_MAX_NESTED_VALUES == kDeepest);
static_assert(TOML_EXCEPTIONS == 0, "errors are values");

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Position position(const toml::source_position& p) { return {std::max(p.line, 1u), std::max(p.column, 1u)}; }

// toml++ finds broken UTF-8 too, but names a place that can be a line off.
std::optional<SyntaxError> check_utf8(std::string_view text) {
  const std::size_t end = valid_utf8_bytes(text);
  if (end == text.size()) return std::nullopt;
  std::string_view before = text.substr(0, end);
  if (before.starts_with(kByteOrderMark)) before.remove_prefix(kByteOrderMark.size());
  const auto line = static_cast<std::uint32_t>(1 + std::ranges::count(before, '\n'));
  before.remove_prefix(before.rfind('\n') + 1);
  const auto column = static_cast<std::uint32_t>(1 + count_code_points(before));
  return SyntaxError{{Rule::syntax, "not valid TOML: the file is not UTF-8"}, {line, column}};
}

std::size_t skip_string(std::string_view text, std::size_t i) {
  const char quote = text[i];
  const std::string_view triple = quote == '"' ? "\"\"\"" : "'''";
  const std::string_view end = text.substr(i).starts_with(triple) ? triple : triple.substr(0, 1);
  for (i += end.size(); i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text.substr(i).starts_with(end)) {
      return i + end.size();
    } else if (text[i] == '\n' && end.size() == 1) {
      return i;  // not closed: the parser will say so
    }
  }
  return text.size();
}

// toml++ limits how deep values nest, but not how many parts a dotted key has, and its tables recurse when they are
// destroyed: a key of a hundred thousand parts would overflow the stack. So dots outside strings are counted
// beforehand.
std::optional<SyntaxError> check_dotted_keys(std::string_view text) {
  Position at;
  std::size_t line_start = 0;
  std::size_t dots = 0;
  for (std::size_t i = 0; i < text.size();) {
    switch (text[i]) {
      case '"':
      case '\'': {
        const std::size_t end = skip_string(text, i);
        for (; i < end; ++i) {
          if (text[i] != '\n') continue;
          ++at.line;
          line_start = i + 1;
        }
        continue;
      }
      case '#': i = std::min(text.find('\n', i), text.size()); continue;
      case '.':
        if (++dots < kMostKeyParts) break;
        at.column = static_cast<std::uint32_t>(count_code_points(text.substr(line_start, i - line_start)) + 1);
        return SyntaxError{{Rule::too_large, fmt::format("a key has more than {} parts", kMostKeyParts)}, at};
      case '\n':
        ++at.line;
        line_start = i + 1;
        [[fallthrough]];
      case '=':
      case ',':
      case '[':
      case '{': dots = 0; break;
      default: break;
    }
    ++i;
  }
  return std::nullopt;
}

Node convert(const toml::node& from) {
  Node node;
  node.at = position(from.source().begin);
  switch (from.type()) {
    case toml::node_type::string:
      node.kind = Node::Kind::string;
      node.text = from.as_string()->get();
      break;
    case toml::node_type::integer:
      node.kind = Node::Kind::integer;
      node.integer = from.as_integer()->get();
      break;
    case toml::node_type::boolean:
      node.kind = Node::Kind::boolean;
      node.boolean = from.as_boolean()->get();
      break;
    case toml::node_type::floating_point: node.kind = Node::Kind::number; break;
    case toml::node_type::array:
      node.kind = Node::Kind::list;
      for (const toml::node& item : *from.as_array()) node.items.push_back(convert(item));
      break;
    case toml::node_type::table:
      node.kind = Node::Kind::table;
      for (const auto& [key, value] : *from.as_table()) {
        node.members.push_back({std::string(key.str()), position(key.source().begin), convert(value)});
      }
      std::ranges::stable_sort(node.members, {}, [](const Member& m) { return std::pair(m.at.line, m.at.column); });
      break;
    default: node.kind = Node::Kind::date; break;
  }
  return node;
}

// toml++ reports a key that is given twice behind its second value; people look for it at the key. The name in its
// message is the dotted path of the key, whose last part stands on that line.
Position blame(std::string_view text, std::string_view description, Position at) {
  const std::size_t close = description.rfind('\'');
  if (!description.contains("cannot redefine existing") || close == std::string_view::npos || close == 0) return at;
  const std::size_t open = description.find_last_of("'.", close - 1);
  const std::string_view key = description.substr(open + 1, close - open - 1);

  std::size_t begin = 0;
  for (std::uint32_t line = 1; line < at.line; ++line) begin = text.find('\n', begin) + 1;
  std::string_view before = text.substr(begin, text.find('\n', begin) - begin);
  if (at.line == 1 && before.starts_with(kByteOrderMark)) before.remove_prefix(kByteOrderMark.size());
  for (std::size_t found = before.rfind(key); !key.empty() && found != std::string_view::npos;
       found = found == 0 ? std::string_view::npos : before.rfind(key, found - 1)) {
    const auto column = static_cast<std::uint32_t>(count_code_points(before.substr(0, found)) + 1);
    if (column < at.column) return {at.line, column};
  }
  return at;
}

}  // namespace

std::string_view kind_text(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::string: return "a string";
    case Node::Kind::integer: return "an integer";
    case Node::Kind::number: return "a number with a fraction";
    case Node::Kind::boolean: return "true or false";
    case Node::Kind::date: return "a date or time";
    case Node::Kind::list: return "a list";
    case Node::Kind::table: break;
  }
  return "a table";
}

std::expected<Node, SyntaxError> parse_document(std::string_view text) {
  if (text.size() > kMostBytes) {
    return std::unexpected(
        SyntaxError{{Rule::too_large, fmt::format("the file is larger than {} bytes", kMostBytes)}, {}});
  }
  if (auto error = check_utf8(text)) return std::unexpected(*std::move(error));
  if (auto error = check_dotted_keys(text)) return std::unexpected(*std::move(error));

  const toml::parse_result result = toml::parse(text);
  if (result) return convert(result.table());

  std::string_view description = result.error().description();
  const Position at = blame(text, description, position(result.error().source().begin));
  if (constexpr std::string_view prefix = "Error while parsing "; description.starts_with(prefix)) {
    description.remove_prefix(prefix.size());
  }
  return std::unexpected(SyntaxError{{Rule::syntax, fmt::format("not valid TOML: {}", description)}, at});
}

}  // namespace gladhand::config
