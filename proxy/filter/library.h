// The shared object that a plugin comes in.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "sdk/gladhand_plugin.h"

namespace gladhand::filter {

using EntryFunction = const gladhand_plugin* (*)();

// What a plugin says of itself, brought to this program's size of the struct: hooks that it does not know are null.
struct Description {
  gladhand_plugin plugin{};
  std::shared_ptr<void> library;  // keeps the code where it is; null: it is part of the program
};

struct LibraryProblem {
  bool is_missing = false;  // there is no such file
  std::string message;
  std::string cure;
};

// Loads the file. What runs at loading is the plugin's own: only files that are trusted may be named.
std::expected<Description, LibraryProblem> load_library(const std::string& path);

// The same of one that is there already; `source` says which, in messages.
std::expected<Description, LibraryProblem> describe_plugin(EntryFunction entry, const std::string& source);

}  // namespace gladhand::filter
