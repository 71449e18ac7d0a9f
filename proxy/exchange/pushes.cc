#include "exchange/pushes.h"

#include <algorithm>

#include "http/link.h"
#include "http/syntax.h"

namespace gladhand::exchange {
namespace {

// The path and query of a reference of the same origin, in the form that routes share; empty: it is of another one, or
// relative to something.
std::string_view target_of(std::string_view reference, const PushCause& cause, Arena& arena) {
  reference = reference.substr(0, reference.find('#'));
  if (!reference.starts_with('/')) {
    const auto absolute = http::split_absolute(reference);
    if (!absolute || !http::equals_ignoring_case(absolute->scheme, cause.scheme) || !http::equals_ignoring_case(absolute->authority, cause.authority)) return {};
    reference = absolute->target;
  }
  if (!reference.starts_with('/') || reference.starts_with("//")) return {};
  const auto target = http::canonical_target(reference, arena);
  return target ? *target : std::string_view{};
}

// What a cache may choose the answer by, and who asks.
bool goes_along(http::FieldId id, std::string_view name) {
  if (id == http::FieldId::user_agent || id == http::FieldId::cookie) return true;
  return http::equals_ignoring_case(name, "accept-encoding") || http::equals_ignoring_case(name, "accept-language");
}

}  // namespace

void Pushes::offer(http::Stream& client, const http::Head& response, const PushCause& cause, Arena& arena) {
  for (const http::Field& field : response.fields) {
    if (!http::equals_ignoring_case(field.name, "link")) continue;
    http::LinkReader links(field.value);
    while (const auto link = links.next()) {
      if (count_ == kMost) return;
      if (!link->is_preload || link->has_nopush || link->has_anchor) continue;
      const std::string_view target = target_of(link->target, cause, arena);
      if (target.empty() || target == cause.target || !is_new(target)) continue;
      targets_[count_++] = arena.copy(target);
      promise(client, cause, targets_[count_ - 1]);
    }
  }
}

bool Pushes::is_new(std::string_view target) const {
  const auto end = targets_.begin() + static_cast<std::ptrdiff_t>(count_);
  return std::find(targets_.begin(), end, target) == end;
}

void Pushes::promise(http::Stream& client, const PushCause& cause, std::string_view target) {
  http::Head head;
  head.method = "GET";
  head.scheme = cause.scheme;
  head.authority = cause.authority;
  head.target = target;
  for (const http::Field& field : cause.fields) {
    if (goes_along(field.id, field.name)) head.fields.add(field.id, field.name, field.value, field.is_sensitive);
  }
  client.promise(head);
}

}  // namespace gladhand::exchange
