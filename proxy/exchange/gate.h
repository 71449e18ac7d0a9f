// What a forward proxy asks before it lets a request through: who sends it, and whether its target may be reached.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "auth/authenticator.h"
#include "http/message.h"
#include "upstream/destinations.h"

namespace gladhand::exchange {

class Gate {
 public:
  // `upstream` stands for all targets, and `upstream_id` for it in records; both configurations outlive the gate. `users`: null
  // where whoever can connect may ask.
  Gate(const upstream::EndpointServices& services, const config::Forward& forward, const config::Upstream& upstream, std::uint16_t upstream_id,
       std::shared_ptr<const auth::Users> users);

  using Question = auth::Authenticator::Question;
  // Whether the client of `head` may ask at all, where that is known without work.
  std::optional<bool> knows(const http::Head& head);
  // The same with work: the answer comes later, unless the question is dropped. Null: too many wait for theirs.
  std::unique_ptr<Question> ask_who(const http::Head& head, auth::Authenticator::Answer answer);

  // Where the request is to go. Errors: bad_request, for what names no target; and those of Destinations::find.
  Expected<upstream::Cluster*> target(const http::Head& head);

 private:
  std::optional<auth::Authenticator> authenticator_;
  upstream::Destinations destinations_;
};

}  // namespace gladhand::exchange
