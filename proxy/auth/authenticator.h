// Whether requests come from one of the users of a file: Basic authentication (RFC 7617) towards a proxy (RFC 9110
// section 11.7).
//
// Verifying is slow by design, so it is done in libuv's thread pool, and a success is remembered for a while by a keyed
// digest, never by the password. Requests that carry the same credentials while they are being verified share the verdict.
// One for each worker and set of users; all of it happens on the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "auth/success_memory.h"
#include "auth/users.h"
#include "base/list.h"
#include "io/loop.h"
#include "io/ticket.h"
#include "tls/digest.h"

namespace gladhand::auth {

class Authenticator {
 public:
  using Answer = std::function<void(bool is_right)>;

  // Different credentials that are being verified or wait for a thread. The pool resolves names too, and this is how long
  // its queue can get on our account.
  static constexpr std::size_t kMostInFlight = 64;

  // One who waits for a verdict. Destroying it cuts the way back.
  class Question : public ListNode<Question> {
   public:
    explicit Question(Answer answer) : answer_(std::move(answer)) {}

   private:
    friend class Authenticator;
    Answer answer_;
  };

  Authenticator(io::Loop& loop, std::shared_ptr<const Users> users) : loop_(loop), users_(std::move(users)) {}

  // The verdict on the value of Proxy-Authorization, where it costs no work: false, if no credentials can be read from it
  // (see read_basic) or there is none; true, if they were right not long ago. Nothing: ask().
  std::optional<bool> known(std::string_view field_value);

  // Verifies, and answers later, never from inside the call. Null: kMostInFlight others are in flight, there will be no
  // answer, and the client should try again in a while (503; a 407 would tell it that its password is wrong). A question
  // may be dropped at any time; the verification goes on, and a success is remembered all the same. The answer may ask
  // again, but must not destroy the authenticator; once that is gone, questions remain unanswered.
  std::unique_ptr<Question> ask(std::string_view field_value, Answer answer);

  std::size_t in_flight() const { return in_flight_.size(); }

 private:
  struct Verification {
    SuccessMemory::Digest digest;
    List<Question> waiting;
    io::Ticket ticket;
  };

  Verification* verification_of(const SuccessMemory::Digest& digest);
  void on_verified(Verification& verification, bool is_right);

  io::Loop& loop_;
  std::shared_ptr<const Users> users_;
  tls::KeyedDigest digest_;
  SuccessMemory memory_;
  std::vector<std::unique_ptr<Verification>> in_flight_;
};

}  // namespace gladhand::auth
