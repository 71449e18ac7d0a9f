// The filters that an exchange passes, and one exchange's way through them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "filter/filter.h"

namespace gladhand::filter {

// In the order in which requests pass them. Immutable once the workers run; the filters outlive it.
class Chain {
 public:
  Chain() = default;
  explicit Chain(std::vector<const Filter*> filters) : filters_(std::move(filters)) {}

  bool empty() const { return filters_.empty(); }
  std::span<const Filter* const> filters() const { return filters_; }
  bool wants_handshakes() const;
  // False: one of them refuses the connection, and the rest is not asked.
  bool admits(const timeline::ConnectionRecord& client, std::string& tag) const;

 private:
  std::vector<const Filter*> filters_;
};

// One exchange's way: the request through all filters or until one answers, the reply back through those that were reached.
// It takes no step by itself.
class Walk {
 public:
  // All of them outlive the walk.
  Walk(const Chain& chain, const timeline::ExchangeRecord& record, http::Head& request, Arena& arena);

  // As far as it goes. After `aside`, to be called again once aside_job() has been run.
  Verdict pass_request();
  std::function<void()> aside_job() const;

  // The answer is ready: its head, which has passed the filters in front of the one that answered, and its body.
  struct Answer {
    http::Head& head;
    Buffer body;
  };
  Answer take_answer();

  // The upstream's final reply, whose head is changed in place.
  void pass_reply(http::Head& head) { pass_back(head); }
  // Whether the reply's body must be given to pass_body().
  bool takes_body() const { return !takers_.empty(); }
  Buffer pass_body(const Buffer& body, bool is_last);

  void finish();

 private:
  void pass_back(http::Head& head);

  const Chain& chain_;
  Passage passage_;
  std::vector<State> states_;
  std::size_t reached_ = 0;          // filters that have seen the request, the current one included
  std::size_t passed_ = 0;           // filters that have let it pass
  std::vector<std::size_t> takers_;  // who takes the body, in the order in which it meets them
};

}  // namespace gladhand::filter
