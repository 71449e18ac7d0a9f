#include "filter/passage.h"

#include <algorithm>

#include "http/date.h"
#include "http/hop_by_hop.h"
#include "http/reason.h"
#include "http/syntax.h"

namespace gladhand::filter {

using http::FieldId;

namespace {

bool is_steering(FieldId id) {
  switch (id) {
    case FieldId::host:
    case FieldId::content_length:
    case FieldId::trailer:
    case FieldId::expect:
    case FieldId::early_data: return true;
    default: return http::is_hop_by_hop(id);
  }
}

}  // namespace

bool is_editable(std::string_view name, std::string_view value) {
  return http::is_token(name) && http::is_field_value(value) && !is_steering(http::field_id(name));
}

const http::Headers* Passage::fields(Side side) const {
  if (side == Side::request) return &request_.fields;
  return reply_ ? &reply_->fields : nullptr;
}

http::Head* Passage::head_under_way(Side side) {
  if (is_over_) return nullptr;
  if (side == Side::reply) return reply_;
  return reply_ ? nullptr : &request_;
}

bool Passage::add(Side side, std::string_view name, std::string_view value) {
  http::Head* head = head_under_way(side);
  if (!head || !is_editable(name, value)) return false;
  const FieldId id = http::field_id(name);
  head->fields.add(id, arena_.copy(name), arena_.copy(value), id == FieldId::authorization);
  return true;
}

bool Passage::set(Side side, std::string_view name, std::string_view value) {
  http::Head* head = head_under_way(side);
  const std::size_t before = head ? head->fields.size() : 0;
  if (!add(side, name, value)) return false;
  // The new one is the last: `name` and `value` may be views of those that go.
  std::size_t at = 0;
  head->fields.remove_if([&](const http::Field& field) { return at++ < before && http::equals_ignoring_case(field.name, name); });
  return true;
}

std::size_t Passage::remove(Side side, std::string_view name) {
  http::Head* head = head_under_way(side);
  if (!head || is_steering(http::field_id(name))) return 0;
  const std::size_t before = head->fields.size();
  head->fields.remove_if([&](const http::Field& field) { return http::equals_ignoring_case(field.name, name); });
  return before - head->fields.size();
}

void Passage::answer(std::uint16_t status, std::string_view body) {
  const bool is_on_its_way = answer_ && answer_->content_length;
  if (is_over_ || is_on_its_way || (reply_ && !answer_)) return;
  http::Head& head = answer_.emplace();
  head.status = std::clamp<std::uint16_t>(status, 200, 599);
  head.reason = http::reason_phrase(head.status);
  head.fields.add(FieldId::date, "Date", http::date_now(arena_));
  head.fields.add(FieldId::server, "Server", "gladhand");
  answer_body_ = arena_.copy(body);
  reply_ = &head;
}

}  // namespace gladhand::filter
