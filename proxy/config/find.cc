#include "config/find.h"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include "config/printable.h"
#include "config/source.h"

namespace gladhand::config {

namespace {

constexpr std::string_view kVariable = "GLADHAND_CONFIG";
constexpr std::array<std::string_view, 2> kUsualPlaces{"./gladhand.toml", "/etc/gladhand/gladhand.toml"};

std::unexpected<Diagnostic> not_found(std::string_view message, std::string_view hint) {
  return std::unexpected(Source().diagnose(Rule::no_file, {}, message, hint));
}

}  // namespace

bool is_file(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode);
}

std::expected<Found, Diagnostic> find(std::string_view option, const Environment& environment,
                                      const std::function<bool(const std::string&)>& exists) {
  if (!option.empty()) {
    if (exists(std::string(option))) return Found{std::string(option), "--config"};
    return not_found(fmt::format("there is no file {}", back_quoted(option)), "given by --config");
  }
  if (auto path = environment(kVariable); path && !path->empty()) {
    if (exists(*path)) return Found{*std::move(path), "$GLADHAND_CONFIG"};
    return not_found(fmt::format("there is no file {}", back_quoted(*path)), "given by $GLADHAND_CONFIG");
  }
  for (const std::string_view place : kUsualPlaces) {
    if (exists(std::string(place))) return Found{std::string(place), "the default search"};
  }
  return not_found("no configuration file was found",
                   fmt::format("tried --config and ${} (not given), {}", kVariable, fmt::join(kUsualPlaces, ", ")));
}

}  // namespace gladhand::config
