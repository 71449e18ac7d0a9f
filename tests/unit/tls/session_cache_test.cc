#include "tls/session_cache.h"

#include <gtest/gtest.h>

#include <ctime>

namespace gladhand::tls {
namespace {

SessionPtr session(unsigned char id, int version = TLS1_3_VERSION, long age_seconds = 0, long lifetime_seconds = 100) {
  SessionPtr made(SSL_SESSION_new());
  SSL_SESSION_set1_id(made.get(), &id, 1);
  SSL_SESSION_set_protocol_version(made.get(), version);
  SSL_SESSION_set_time(made.get(), std::time(nullptr) - age_seconds);
  SSL_SESSION_set_timeout(made.get(), lifetime_seconds);
  return made;
}

// 0: there was none.
int taken(SessionCache& cache) {
  const SessionPtr session = cache.take();
  unsigned size = 0;
  return session ? SSL_SESSION_get_id(session.get(), &size)[0] : 0;
}

TEST(SessionCache, there_is_nothing_to_take_before_something_is_kept) {
  SessionCache cache;
  EXPECT_EQ(taken(cache), 0);
}

TEST(SessionCache, the_newest_is_taken_first_and_each_of_tls_1_3_once) {
  SessionCache cache;
  cache.keep(session(1));
  cache.keep(session(2));
  EXPECT_EQ(taken(cache), 2);
  EXPECT_EQ(taken(cache), 1);
  EXPECT_EQ(taken(cache), 0);
}

TEST(SessionCache, of_too_many_the_oldest_are_forgotten) {
  SessionCache cache;
  for (unsigned char id = 1; id <= SessionCache::kKept + 2; ++id) cache.keep(session(id));
  EXPECT_EQ(cache.size(), SessionCache::kKept);
  int last = 0;
  for (std::size_t i = 0; i < SessionCache::kKept; ++i) last = taken(cache);
  EXPECT_EQ(last, 3);
}

TEST(SessionCache, the_newest_of_tls_1_2_is_taken_as_often_as_wanted_and_is_the_only_one) {
  SessionCache cache;
  cache.keep(session(1, TLS1_2_VERSION));
  cache.keep(session(2, TLS1_2_VERSION));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(taken(cache), 2);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(SessionCache, what_has_expired_is_passed_over) {
  SessionCache cache;
  cache.keep(session(1, TLS1_3_VERSION, 99));
  cache.keep(session(2, TLS1_3_VERSION, 101));
  cache.keep(session(3, TLS1_3_VERSION, 5000));
  EXPECT_EQ(taken(cache), 1);
  EXPECT_EQ(taken(cache), 0);
}

TEST(SessionCache, what_openssl_has_given_up_is_passed_over) {
  SessionCache cache;
  cache.keep(SessionPtr(SSL_SESSION_new()));  // without an id or a ticket there is nothing to resume by
  EXPECT_FALSE(cache.take());
}

}  // namespace
}  // namespace gladhand::tls
