// An HTTP/1 message as a scripted peer sees it: read in the simplest way, by code that shares nothing with the proxy's.
#pragma once

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gladhand::test {

struct Message {
  using Fields = std::vector<std::pair<std::string, std::string>>;

  std::string start_line;
  Fields fields;  // names in lower case
  std::string body;
  Fields trailers;

  int status() const { return start_line.starts_with("HTTP/") && start_line.size() > 9 ? std::stoi(start_line.substr(9)) : 0; }
  // Of the first such field; empty when there is none.
  std::string field(std::string_view name) const {
    const auto found = std::ranges::find(fields, name, &Fields::value_type::first);
    return found == fields.end() ? std::string() : found->second;
  }
  bool has(std::string_view name) const { return std::ranges::find(fields, name, &Fields::value_type::first) != fields.end(); }

  static Fields read_fields(std::string_view text) {
    Fields fields;
    while (!text.empty()) {
      const std::size_t end = text.find("\r\n");
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(text.size(), end == text.npos ? end : end + 2));
      const std::size_t colon = line.find(':');
      if (colon == line.npos) continue;
      std::string name(line.substr(0, colon));
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      std::string_view value = line.substr(colon + 1);
      while (value.starts_with(' ')) value.remove_prefix(1);
      fields.emplace_back(std::move(name), value);
    }
    return fields;
  }

  // Takes a head off the front of `bytes`, if it is all there.
  static std::optional<Message> take_head(std::string& bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == bytes.npos) return std::nullopt;
    Message message;
    const std::size_t line = bytes.find("\r\n");
    message.start_line = bytes.substr(0, line);
    if (line < end) message.fields = read_fields(std::string_view(bytes).substr(line + 2, end - line - 2));
    bytes.erase(0, end + 4);
    return message;
  }

  // Takes what is there of the body; true when it is complete. `has_ended`: nothing will follow.
  bool take_body(std::string& bytes, bool is_bodiless, bool has_ended) {
    if (is_bodiless || status() == 204 || status() == 304 || (status() >= 100 && status() < 200)) return true;
    if (field("transfer-encoding") == "chunked") return take_chunks(bytes);
    if (has("content-length")) {
      const std::size_t wanted = std::stoull(field("content-length")) - body.size();
      const std::size_t n = std::min(wanted, bytes.size());
      body.append(bytes, 0, n);
      bytes.erase(0, n);
      return n == wanted;
    }
    if (status() == 0) return true;
    body += std::exchange(bytes, {});
    return has_ended;
  }

 private:
  bool take_chunks(std::string& bytes) {
    for (;;) {
      const std::size_t line = bytes.find("\r\n");
      if (line == bytes.npos) return false;
      const std::size_t size = std::stoull(bytes.substr(0, line), nullptr, 16);
      if (size == 0) {
        const std::size_t end = bytes.find("\r\n\r\n", line);
        if (end == bytes.npos) return false;
        if (end > line) trailers = read_fields(std::string_view(bytes).substr(line + 2, end - line - 2));
        bytes.erase(0, end + 4);
        return true;
      }
      if (bytes.size() < line + 2 + size + 2) return false;
      body.append(bytes, line + 2, size);
      bytes.erase(0, line + 2 + size + 2);
    }
  }
};

}  // namespace gladhand::test
