#include "http/forwarding.h"

#include <algorithm>
#include <array>

#include "http/hop_by_hop.h"
#include "http/syntax.h"

namespace gladhand::http {
namespace {

bool is_identity(FieldId id) {
  switch (id) {
    case FieldId::forwarded:
    case FieldId::x_forwarded_for:
    case FieldId::x_forwarded_host:
    case FieldId::x_forwarded_port:
    case FieldId::x_forwarded_proto:
    case FieldId::x_real_ip: return true;
    default: return false;
  }
}

// What Connection may not take away from a message: its framing, its destination, who sent it and
// that it may have been replayed.
bool may_be_nominated(FieldId id) {
  switch (id) {
    case FieldId::host:
    case FieldId::content_length:
    case FieldId::authorization:
    case FieldId::cookie:
    case FieldId::via:
    case FieldId::early_data: return false;  // RFC 8470 section 5.1
    default: return !is_identity(id);
  }
}

// Many gateways turn `-` into `_`: a field that only such a gateway would take for a known one is a disguise.
bool is_disguised(const Field& field) {
  if (field.id != FieldId::other || field.name.find('_') == std::string_view::npos) return false;
  std::array<char, 24> plain;
  if (field.name.size() > plain.size()) return false;
  std::ranges::replace_copy(field.name, plain.begin(), '_', '-');
  return field_id({plain.data(), field.name.size()}) != FieldId::other;
}

// The Connection fields' members. More than a handful is nobody's honest request; the rest is ignored, which only means
// that such fields are forwarded.
struct Nominated {
  std::array<std::string_view, 16> names;
  std::size_t size = 0;

  explicit Nominated(const Headers& fields) {
    for (const Field& field : fields) {
      if (field.id != FieldId::connection) continue;
      for_each_token(field.value, [&](std::string_view token) {
        if (size < names.size()) names[size++] = token;
      });
    }
  }
  bool contains(const Field& field) const {
    for (std::size_t i = 0; i < size; ++i) {
      if (equals_ignoring_case(names[i], field.name)) return may_be_nominated(field.id);
    }
    return false;
  }
};

// Joins every value of `id` with `addition` as one list.
std::string_view extended(const Headers& fields, FieldId id, std::string_view addition, Arena& arena) {
  std::string_view list = addition;
  bool is_first = true;
  std::string_view before;
  for (const Field& field : fields) {
    if (field.id != id || field.value.empty()) continue;
    before = is_first ? field.value : arena.join({before, ", ", field.value});
    is_first = false;
  }
  if (!before.empty()) list = arena.join({before, ", ", addition});
  return list;
}

std::string_view forwarded_element(const ForwardingRules& rules, std::string_view authority, Arena& arena) {
  // RFC 7239 section 4: an IPv6 address is bracketed and quoted; a value with a colon is quoted.
  const bool is_v6 = rules.client_address.find(':') != std::string_view::npos;
  const std::string_view before = is_v6 ? "for=\"[" : "for=";
  const std::string_view after = is_v6 ? "]\";proto=" : ";proto=";
  if (authority.empty()) return arena.join({before, rules.client_address, after, rules.scheme});
  return arena.join({before, rules.client_address, after, rules.scheme, ";host=\"", authority, "\""});
}

}  // namespace

void forward_request(Head& head, const ForwardingRules& rules, Arena& arena) {
  const Nominated nominated(head.fields);
  std::string_view x_forwarded_for = rules.client_address;
  std::string_view forwarded = rules.sends_forwarded ? forwarded_element(rules, head.authority, arena) : std::string_view{};
  std::string_view forwarded_proto = rules.scheme;
  std::string_view forwarded_host = head.authority;
  if (rules.trusts_client) {
    x_forwarded_for = extended(head.fields, FieldId::x_forwarded_for, x_forwarded_for, arena);
    if (rules.sends_forwarded) forwarded = extended(head.fields, FieldId::forwarded, forwarded, arena);
    if (auto value = head.fields.value(FieldId::x_forwarded_proto); !value.empty()) forwarded_proto = value;
    if (auto value = head.fields.value(FieldId::x_forwarded_host); !value.empty()) forwarded_host = value;
  }
  const std::string_view received_by = arena.join({name(head.version), " gladhand"});
  const std::string_view via = extended(head.fields, FieldId::via, received_by, arena);
  bool wants_trailers = false;
  head.fields.remove_if([&](const Field& field) {
    if (field.id == FieldId::te) for_each_token(field.value, [&](std::string_view t) { wants_trailers |= equals_ignoring_case(t, "trailers"); });
    if (is_hop_by_hop(field.id) || field.id == FieldId::via || field.id == FieldId::host) return true;
    // What a trusted client says beyond what is rewritten below (its port, its real address) passes as it is.
    if (is_identity(field.id) && !rules.speaks_for_client) {
      return !rules.trusts_client || (field.id != FieldId::x_real_ip && field.id != FieldId::x_forwarded_port);
    }
    return nominated.contains(field) || is_disguised(field);
  });
  if (wants_trailers) head.fields.add(FieldId::te, "trailers");
  if (rules.sends_x_forwarded) {
    head.fields.add(FieldId::x_forwarded_for, "X-Forwarded-For", x_forwarded_for);
    head.fields.add(FieldId::x_forwarded_proto, "X-Forwarded-Proto", forwarded_proto);
    if (!forwarded_host.empty()) head.fields.add(FieldId::x_forwarded_host, "X-Forwarded-Host", forwarded_host);
  }
  if (rules.sends_forwarded) head.fields.add(FieldId::forwarded, "Forwarded", forwarded);
  head.fields.add(FieldId::via, "Via", via);
}

// Whatever a field of the client's says, it means 1.
void say_early(Head& head) {
  if (!head.fields.find(FieldId::early_data)) head.fields.add(FieldId::early_data, "Early-Data", "1");
}

void forward_response(Head& head) {
  const Nominated nominated(head.fields);
  head.fields.remove_if([&](const Field& field) { return is_hop_by_hop(field.id) || nominated.contains(field); });
}

void forward_trailers(Headers& trailers) {
  trailers.remove_if([](const Field& field) { return field.id != FieldId::other || is_disguised(field); });
}

Expected<void> check_request(const Head& head) {
  for (const Field& field : head.fields) {
    if (field.id == FieldId::expect && !equals_ignoring_case(field.value, "100-continue")) {
      return failure(Code::expectation_failed, "the only expectation served is 100-continue");
    }
  }
  if (head.method == "TRACE") return failure(Code::method_not_allowed);
  return {};
}

}  // namespace gladhand::http
