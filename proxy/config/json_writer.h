// JSON, written down as it is decided. What is written is a document if every begin() has its end().
#pragma once

#include <string>
#include <string_view>

namespace gladhand::config {

// `text` in quotes. What comes out is a basic string of TOML, too. Not called quoted: std::quoted would be found for a std::string.
std::string json_quoted(std::string_view text);

class JsonWriter {
 public:
  // An object ('{') or an array ('['). `key` is empty in arrays and for the document itself.
  void begin(char bracket, std::string_view key = {});
  void end();

  // `json` is a value already.
  void raw(std::string_view key, std::string_view json);
  void text(std::string_view key, std::string_view value) { raw(key, json_quoted(value)); }

  // The document, ended by a newline.
  std::string take() { return std::move(out_) + "\n"; }

 private:
  void start_member(std::string_view key);

  std::string out_;
  std::string open_;  // the brackets that are, the outermost first
  bool is_first_ = true;
};

}  // namespace gladhand::config
