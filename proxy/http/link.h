// Link fields (RFC 8288 section 3), as far as preloading needs them (the preload relation of HTML, and its nopush).
#pragma once

#include <optional>
#include <string_view>

namespace gladhand::http {

struct Link {
  std::string_view target;  // a URI reference, as it was written
  bool is_preload = false;  // one of its relation types
  bool has_nopush = false;
  bool has_anchor = false;  // it is said of another resource than the one that came
};

// The links of one field value, in their order. Views of it.
class LinkReader {
 public:
  explicit LinkReader(std::string_view value) : left_(value) {}

  // The next link. Nothing at the end, and from the first on that breaks the grammar.
  std::optional<Link> next();

 private:
  std::optional<Link> read();
  bool read_parameter(Link& link, bool& has_relation);
  std::optional<std::string_view> read_target();
  std::string_view read_token();
  std::optional<std::string_view> read_value();
  std::optional<std::string_view> read_quoted();
  bool skip(char wanted);
  void skip_space();

  std::string_view left_;
};

}  // namespace gladhand::http
