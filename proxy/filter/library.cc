#include "filter/library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace gladhand::filter {
namespace {

// What every plugin of this ABI has; members behind it are newer.
constexpr std::size_t kLeastSize = offsetof(gladhand_plugin, release) + sizeof(gladhand_plugin::release);

std::unexpected<LibraryProblem> unfit(std::string message, std::string cure = {}) {
  return std::unexpected(LibraryProblem{.message = std::move(message), .cure = std::move(cure)});
}

}  // namespace

std::expected<Description, LibraryProblem> describe_plugin(EntryFunction entry, const std::string& source) {
  const gladhand_plugin* told = entry();
  if (!told) return unfit(fmt::format("{} says nothing of itself", source));
  if (told->abi != GLADHAND_ABI) {
    return unfit(fmt::format("{} was made for version {} of the plugin interface, and this is version {}", source, told->abi, GLADHAND_ABI),
                 "build it with this version's plugins/sdk/gladhand_plugin.h");
  }
  if (told->size < kLeastSize) return unfit(fmt::format("{} describes itself in {} bytes, which are too few", source, told->size), "set .size = sizeof(gladhand_plugin)");
  Description description;
  std::memcpy(&description.plugin, told, std::min(told->size, sizeof(gladhand_plugin)));
  description.plugin.size = sizeof(gladhand_plugin);
  if (!description.plugin.name || !description.plugin.configure) return unfit(fmt::format("{} has no name or no configure()", source));
  return description;
}

std::expected<Description, LibraryProblem> load_library(const std::string& path) {
  if (access(path.c_str(), R_OK) != 0) {
    return std::unexpected(LibraryProblem{.is_missing = true, .message = fmt::format("cannot read {}: {}", path, std::strerror(errno))});
  }
  // A name without a slash would be looked for in the folders of the system's libraries.
  const std::string name = path.find('/') == std::string::npos ? "./" + path : path;
  const std::shared_ptr<void> library(dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL), [](void* handle) {
    if (handle) dlclose(handle);
  });
  if (!library) return unfit(fmt::format("cannot load {}: {}", path, dlerror()));
  const auto entry = reinterpret_cast<EntryFunction>(dlsym(library.get(), GLADHAND_ENTRY_SYMBOL));
  if (!entry) return unfit(fmt::format("{} is no plugin: it exports no {}()", path, GLADHAND_ENTRY_SYMBOL), "end it with GLADHAND_PLUGIN_ENTRY(name) { return &plugin; }");
  auto description = describe_plugin(entry, path);
  if (description) description->library = library;
  return description;
}

}  // namespace gladhand::filter
