#include "filter/user_file.h"

#include "auth/credentials.h"

namespace gladhand::filter {

UserFile::Verdict UserFile::known(std::string_view authorization) {
  const auto credentials = auth::read_basic(authorization);
  if (!credentials) return Verdict::no;
  const std::lock_guard lock(mutex_);
  return memory_.holds(digest_.of(credentials->user_pass), clock_.now()) ? Verdict::yes : Verdict::unknown;
}

bool UserFile::verify(std::string_view authorization) {
  const auto credentials = auth::read_basic(authorization);
  if (!credentials || !users_.verify(credentials->user(), credentials->password())) return false;
  const std::lock_guard lock(mutex_);
  memory_.add(digest_.of(credentials->user_pass), clock_.now());
  return true;
}

}  // namespace gladhand::filter
