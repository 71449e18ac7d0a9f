// What the shipped plugins share: the C interface with C++ texts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sdk/gladhand_plugin.h"

namespace plugins {

inline std::string_view view(gladhand_borrowed text) { return {text.data, text.size}; }
inline gladhand_borrowed borrowed(std::string_view text) { return {text.data(), text.size()}; }

inline void refuse(const gladhand_host* host, gladhand_setup* setup, const gladhand_setting* about, std::string_view message) {
  host->refuse(setup, about, borrowed(message));
}

// The value of the first such field; empty: there is none.
inline std::string_view field(const gladhand_host* host, gladhand_exchange* x, gladhand_message message, std::string_view name) {
  gladhand_borrowed value{nullptr, 0};
  return host->find(x, message, borrowed(name), 0, &value) ? view(value) : std::string_view{};
}

inline void set(const gladhand_host* host, gladhand_exchange* x, gladhand_message message, std::string_view name, std::string_view value) {
  host->set(x, message, borrowed(name), borrowed(value));
}

// An answer of one line.
inline int answer(const gladhand_host* host, gladhand_exchange* x, int status, std::string_view text) {
  host->answer(x, status, borrowed(text));
  if (!text.empty()) set(host, x, GLADHAND_REPLY, "Content-Type", "text/plain; charset=utf-8");
  return GLADHAND_ANSWERED;
}

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

inline bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls `use(member)` for each member of a list with that separator, white space trimmed, empty ones skipped.
template <class Use>
void for_each_member(std::string_view list, char separator, Use use) {
  while (!list.empty()) {
    const std::size_t end = list.find(separator);
    const std::string_view member = trimmed(list.substr(0, end));
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    if (!member.empty()) use(member);
  }
}

// For `destroy` of gladhand_plugin.
template <class Self>
void destroy(gladhand_owned self) {
  delete static_cast<Self*>(self);
}
// For `release`.
template <class State>
void release(gladhand_owned, gladhand_owned state) {
  delete static_cast<State*>(state);
}

}  // namespace plugins
