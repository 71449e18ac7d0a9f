// A TOML file as a plain tree. document.cc is the only file that includes toml++, which costs seconds to compile.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"

namespace gladhand::config {

// Both count from 1; columns count code points.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

struct Member;

struct Node {
  enum class Kind : std::uint8_t { string, integer, number, boolean, date, list, table };

  Kind kind = Kind::table;
  Position at;       // of the value; of a table made by a header, that header's first bracket
  std::string text;  // string
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<Node> items;      // list
  std::vector<Member> members;  // table, in the order of the file
};

struct Member {
  std::string key;
  Position at;  // of the key
  Node value;
};

// "a string", "a list": for messages.
std::string_view kind_text(Node::Kind kind);

struct SyntaxError {
  Fault fault;  // syntax or too_large
  Position at;
};

// Limits that keep the memory and the stack of a reading small, far beyond what a configuration needs.
inline constexpr std::size_t kMostBytes = 1024 * 1024;
inline constexpr std::size_t kMostKeyParts = 32;  // of one dotted key
inline constexpr std::size_t kDeepest = 32;       // tables and lists within each other

// Accepts any bytes. The root is a table.
std::expected<Node, SyntaxError> parse_document(std::string_view text);

}  // namespace gladhand::config
