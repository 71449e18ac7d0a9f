// Something that looks at handshakes, requests and replies on their way, and may change or answer them.
//
// One filter serves all workers: its hooks are called on their threads at the same time, so they are const. What belongs to
// one exchange is in its State, which one thread touches at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "filter/passage.h"
#include "timeline/records.h"

namespace gladhand::filter {

// What a filter remembers of one exchange; empty at its beginning.
using State = std::shared_ptr<void>;

enum class Verdict : std::uint8_t {
  go_on,
  answered,  // by Passage::answer(): no upstream is asked
  aside,     // aside() is to be called on another thread, and then on_request() again
};

class Filter {
 public:
  virtual ~Filter() = default;

  // Whether on_handshake() is to be called: early data waits for it.
  virtual bool wants_handshakes() const = 0;
  // False: the connection is refused. `tag` is what is thought of it so far, and may be changed.
  virtual bool on_handshake(const timeline::ConnectionRecord& client, std::string& tag) const = 0;
  virtual Verdict on_request(Passage& passage, State& state) const = 0;
  // Blocking, on a thread of its own; the exchange may be over meanwhile.
  virtual void aside(const State& state) const = 0;
  // Whether the body goes through on_reply_body().
  virtual bool on_reply(Passage& passage, State& state) const = 0;
  // The bytes, and whether they are the last. What is to reach the client goes to Passage::send().
  virtual void on_reply_body(Passage& passage, State& state, std::string_view bytes, bool is_last) const = 0;
  virtual void on_finished(Passage& passage, State& state) const = 0;
};

}  // namespace gladhand::filter
