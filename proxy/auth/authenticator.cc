#include "auth/authenticator.h"

#include <algorithm>

#include "auth/credentials.h"
#include "io/work.h"

namespace gladhand::auth {

std::optional<bool> Authenticator::known(std::string_view field_value) {
  const auto credentials = read_basic(field_value);
  if (!credentials) return false;
  return memory_.holds(digest_.of(credentials->user_pass), loop_.now()) ? std::optional(true) : std::nullopt;
}

std::unique_ptr<Authenticator::Question> Authenticator::ask(std::string_view field_value, Answer answer) {
  auto credentials = read_basic(field_value);
  const SuccessMemory::Digest digest = digest_.of(credentials ? credentials->user_pass : std::string_view());
  Verification* verification = verification_of(digest);
  if (!verification) {
    if (in_flight_.size() >= kMostInFlight) return nullptr;
    verification = in_flight_.emplace_back(std::make_unique<Verification>()).get();
    verification->digest = digest;
    verification->ticket = io::run<bool>(
        loop_,
        [users = users_, credentials = std::move(credentials)] {
          return credentials && users->verify(credentials->user(), credentials->password());
        },
        [this, verification](bool is_right) { on_verified(*verification, is_right); });
  }
  auto question = std::make_unique<Question>(std::move(answer));
  verification->waiting.push_back(*question);
  return question;
}

Authenticator::Verification* Authenticator::verification_of(const SuccessMemory::Digest& digest) {
  const auto found = std::ranges::find(in_flight_, digest, [](const auto& verification) { return verification->digest; });
  return found == in_flight_.end() ? nullptr : found->get();
}

void Authenticator::on_verified(Verification& verification, bool is_right) {
  const auto place = std::ranges::find(in_flight_, &verification, [](const auto& one) { return one.get(); });
  const std::unique_ptr<Verification> over = std::move(*place);
  in_flight_.erase(place);
  if (is_right) memory_.add(over->digest, loop_.now());
  // An answer may drop any question, its own too.
  while (!over->waiting.empty()) {
    Question& next = over->waiting.front();
    next.unlink();
    const Answer answer = std::move(next.answer_);
    answer(is_right);
  }
}

}  // namespace gladhand::auth
