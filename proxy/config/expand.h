// ${VARIABLE} and ${VARIABLE:-default} inside string values.
//
// Expansion comes after parsing, so a variable can never add a key, end a string or become a number. As in a shell, the
// default also stands in for a variable that is set but empty. What was put in is not expanded again. $${ stands for
// ${; a $ before anything else stands for itself.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/diagnostic.h"

namespace gladhand::config {

// The value of a variable, if it is set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// Of this process. Must not be called while another thread changes the environment.
std::optional<std::string> process_environment(std::string_view name);

// Faults: unset_variable, bad_expansion.
std::expected<std::string, Fault> expand(std::string_view text, const Environment& environment);

}  // namespace gladhand::config
