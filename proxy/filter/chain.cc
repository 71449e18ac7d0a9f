#include "filter/chain.h"

#include <algorithm>

namespace gladhand::filter {

bool Chain::wants_handshakes() const {
  return std::ranges::any_of(filters_, [](const Filter* filter) { return filter->wants_handshakes(); });
}

bool Chain::admits(const timeline::ConnectionRecord& client, std::string& tag) const {
  return std::ranges::all_of(filters_, [&](const Filter* filter) { return !filter->wants_handshakes() || filter->on_handshake(client, tag); });
}

Walk::Walk(const Chain& chain, const timeline::ExchangeRecord& record, http::Head& request, Arena& arena)
    : chain_(chain), passage_(record, request, arena), states_(chain.filters().size()) {}

Verdict Walk::pass_request() {
  while (passed_ < states_.size()) {
    reached_ = passed_ + 1;
    const Verdict verdict = chain_.filters()[passed_]->on_request(passage_, states_[passed_]);
    if (verdict != Verdict::go_on) return verdict;
    ++passed_;
  }
  return Verdict::go_on;
}

std::function<void()> Walk::aside_job() const {
  return [filter = chain_.filters()[passed_], state = states_[passed_]] { filter->aside(state); };
}

void Walk::pass_back(http::Head& head) {
  bool is_length_known = true;
  passage_.reply_ = &head;
  for (std::size_t i = passed_; i-- > 0;) {
    if (!chain_.filters()[i]->on_reply(passage_, states_[i])) continue;
    if (head.has_body) takers_.push_back(i);
    is_length_known = false;
  }
  if (!is_length_known) head.content_length.reset();
}

Walk::Answer Walk::take_answer() {
  http::Head& head = passage_.answer_head();
  const std::string_view text = passage_.answer_body();
  head.content_length = text.size();
  head.has_body = !text.empty();
  pass_back(head);
  Buffer body;
  body.append(text);
  if (takes_body()) body = pass_body(body, true);
  head.content_length = body.size();
  head.has_body = !body.empty();
  return {head, std::move(body)};
}

Buffer Walk::pass_body(const Buffer& body, bool is_last) {
  const Buffer* input = &body;
  Buffer passed;
  for (const std::size_t i : takers_) {
    const Filter& filter = *chain_.filters()[i];
    for (const Slice& slice : input->slices()) filter.on_reply_body(passage_, states_[i], slice.view(), false);
    if (is_last) filter.on_reply_body(passage_, states_[i], {}, true);
    passed = std::move(passage_.output_);
    passage_.output_ = Buffer();
    input = &passed;
  }
  return passed;
}

void Walk::finish() {
  passage_.is_over_ = true;
  for (std::size_t i = 0; i < reached_; ++i) chain_.filters()[i]->on_finished(passage_, states_[i]);
}

}  // namespace gladhand::filter
