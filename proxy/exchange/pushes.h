// What of a site is pushed with a response that says it will be needed (RFC 9113 section 8.4).
#pragma once

#include <array>

#include "base/arena.h"
#include "http/message.h"
#include "http/stream.h"

namespace gladhand::exchange {

// The request that a response answers. `fields` as its client sent them.
struct PushCause {
  std::string_view scheme;
  std::string_view authority;
  std::string_view target;
  const http::Headers& fields;
};

// Of one exchange: a page's hints and its final head often name the same.
class Pushes {
 public:
  static constexpr std::size_t kMost = 10;  // for one request

  void clear() { count_ = 0; }
  // Promises what the Link fields of `response` say to preload, unless they say nopush, or it is not of the same origin.
  // `client` takes it or not. The texts live in `arena`.
  void offer(http::Stream& client, const http::Head& response, const PushCause& cause, Arena& arena);

 private:
  bool is_new(std::string_view target) const;
  void promise(http::Stream& client, const PushCause& cause, std::string_view target);

  std::array<std::string_view, kMost> targets_;
  std::size_t count_ = 0;
};

}  // namespace gladhand::exchange
