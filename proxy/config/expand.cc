#include "config/expand.h"

#include <cstdlib>

#include <fmt/format.h>

#include "config/printable.h"

namespace gladhand::config {

namespace {

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
constexpr std::string_view kLettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

bool is_name(std::string_view text) {
  return !text.empty() && kLetters.contains(text[0]) &&
         text.find_first_not_of(kLettersAndDigits) == std::string_view::npos;
}

std::unexpected<Fault> malformed(std::string_view expansion) {
  return std::unexpected(Fault{Rule::bad_expansion, fmt::format("{} is not a variable", back_quoted(expansion)),
                               "write ${NAME} or ${NAME:-default}, or $${ for the characters themselves"});
}

// `inside` is what stands between the braces.
std::expected<std::string, Fault> value_of(std::string_view inside, const Environment& environment) {
  const std::size_t operation = inside.find(":-");
  const std::string_view name = inside.substr(0, operation);
  if (!is_name(name)) return malformed(fmt::format("${{{}}}", inside));

  std::optional<std::string> value = environment(name);
  if (operation == std::string_view::npos) {
    if (value) return *std::move(value);
    return std::unexpected(Fault{Rule::unset_variable, fmt::format("the variable {} is not set", back_quoted(name)),
                                 fmt::format("set it, or give a default: ${{{}:-...}}", name)});
  }
  if (value && !value->empty()) return *std::move(value);
  return std::string(inside.substr(operation + 2));
}

}  // namespace

std::optional<std::string> process_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

std::expected<std::string, Fault> expand(std::string_view text, const Environment& environment) {
  std::string out;
  while (true) {
    const std::size_t begin = text.find("${");
    if (begin == std::string_view::npos) return out.append(text);
    if (begin > 0 && text[begin - 1] == '$') {
      out.append(text.substr(0, begin - 1)).append("${");
      text.remove_prefix(begin + 2);
      continue;
    }
    const std::size_t end = text.find('}', begin);
    if (end == std::string_view::npos) return malformed(text.substr(begin));
    const auto value = value_of(text.substr(begin + 2, end - begin - 2), environment);
    if (!value) return value;
    out.append(text.substr(0, begin)).append(*value);
    text.remove_prefix(end + 1);
  }
}

}  // namespace gladhand::config
