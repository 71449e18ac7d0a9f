// One exchange as filters see it: its heads, what is known of it, and what they may do to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "http/message.h"
#include "timeline/records.h"

namespace gladhand::filter {

class Passage {
 public:
  enum class Side : std::uint8_t { request, reply };

  // All of them outlive the passage.
  Passage(const timeline::ExchangeRecord& record, http::Head& request, Arena& arena) : record_(record), request_(request), arena_(arena) {}

  // Its texts are the client's: an authority that was rewritten for the upstream is not told.
  const timeline::ExchangeRecord& record() const { return record_; }
  // Empty: there is no such head yet, or no more.
  const http::Headers* fields(Side side) const;
  const http::Head* reply() const { return reply_; }

  // Fields of the head that is under way: the request's, or once there is a reply, that one's. All texts are copied.
  // False: the other head was meant, it is no field, or one that frames or steers the message, which is not a filter's.
  bool set(Side side, std::string_view name, std::string_view value);
  bool add(Side side, std::string_view name, std::string_view value);
  // How many.
  std::size_t remove(Side side, std::string_view name);

  // Of a request: this is the reply, and its fields may be changed from here on. The last call counts.
  void answer(std::uint16_t status, std::string_view body);
  bool is_answered() const { return answer_.has_value(); }
  std::string_view answer_body() const { return answer_body_; }
  http::Head& answer_head() { return *answer_; }

  // Of a reply's body: what comes next.
  void send(std::string_view bytes) { output_.append(bytes); }

 private:
  friend class Walk;

  http::Head* head_under_way(Side side);

  const timeline::ExchangeRecord& record_;
  http::Head& request_;
  http::Head* reply_ = nullptr;
  Arena& arena_;
  bool is_over_ = false;
  std::optional<http::Head> answer_;
  std::string_view answer_body_;
  Buffer output_;
};

// Whether it is a field, and not one that says how the message is framed, where it goes or what becomes of the connection.
bool is_editable(std::string_view name, std::string_view value);

}  // namespace gladhand::filter
