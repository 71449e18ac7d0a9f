// TLS messages and records made by hand, right or wrong, and what a TunnelWatch has seen as one line of text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "tls/tunnel_watch.h"

namespace gladhand::test {

inline std::string number(std::size_t bytes, std::size_t value) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>(value >> 8 * bytes);
  return text;
}
inline std::string vector_of(std::size_t length_bytes, std::string_view content) { return number(length_bytes, content.size()).append(content); }
inline std::string tls_record(int type, std::string_view body, int version = 0x0303) {
  return number(1, static_cast<std::size_t>(type)) + number(2, static_cast<std::size_t>(version)) + vector_of(2, body);
}
inline std::string tls_message(int type, std::string_view body) { return number(1, static_cast<std::size_t>(type)) + vector_of(3, body); }

inline std::string extension(std::size_t type, std::string_view body) { return number(2, type) + vector_of(2, body); }
inline std::string server_name(std::string_view name) { return extension(0, vector_of(2, number(1, 0) + vector_of(2, name))); }

// A ClientHello with every part to be replaced.
struct HelloParts {
  std::size_t version = 0x0303;
  std::string random = std::string(32, 'r');
  std::string session_id = std::string(32, 's');
  std::string suites = "\x13\x01\x13\x02";
  std::string compressions = std::string(1, '\0');
  std::string extensions;
  bool has_extensions = true;

  std::string message() const {
    const std::string fixed = number(2, version) + random + vector_of(1, session_id) + vector_of(2, suites) + vector_of(1, compressions);
    return tls_message(1, has_extensions ? fixed + vector_of(2, extensions) : fixed);
  }
};

// Everything that a watch tells.
inline std::string story_of(const tls::TunnelWatch& watch) {
  const auto instant = [](std::optional<Nanos> at) { return at ? at->count() : -1; };
  const auto& [hello, server_hello, secured] = watch.marks();
  const tls::TunnelWatch::Facts& facts = watch.facts();
  return fmt::format("{} kind {} outcome {} marks {} {} {} duration {} versions {:04x} {:04x} name {} offers {}{}{}{} retried {} resumed {} alert {}",
                     watch.is_done() ? "done" : "not done", static_cast<int>(watch.kind()), static_cast<int>(watch.outcome()), instant(hello),
                     instant(server_hello), instant(secured), instant(watch.duration()), facts.offered, facts.version,
                     static_cast<int>(facts.server_name), facts.offers_h2 ? "h2 " : "", facts.offers_http1_1 ? "http/1.1 " : "",
                     facts.offers_encrypted_hello ? "ech " : "", facts.offers_early_data ? "early " : "", facts.was_retried,
                     facts.resumed ? static_cast<int>(*facts.resumed) : -1, facts.alert ? int{*facts.alert} : -1);
}

}  // namespace gladhand::test
