// A file of users, as plugins ask it: who is known is remembered for a while, and told to all workers.
#pragma once

#include <mutex>
#include <string_view>

#include "auth/success_memory.h"
#include "auth/users.h"
#include "base/clock.h"
#include "tls/digest.h"

namespace gladhand::filter {

class UserFile {
 public:
  // `clock` outlives it.
  UserFile(auth::Users users, const Clock& clock) : users_(std::move(users)), clock_(clock) {}

  enum class Verdict { no, yes, unknown };
  // From any thread. `authorization` is the value of that field; what is no Basic credentials is a no. Unknown: verify().
  Verdict known(std::string_view authorization);
  // Blocking, from any thread. A success is remembered.
  bool verify(std::string_view authorization);

 private:
  const auth::Users users_;
  const Clock& clock_;
  std::mutex mutex_;  // guards what follows; nobody holds it while a password is verified
  tls::KeyedDigest digest_;
  auth::SuccessMemory memory_;
};

}  // namespace gladhand::filter

struct gladhand_users : gladhand::filter::UserFile {
  using UserFile::UserFile;
};
