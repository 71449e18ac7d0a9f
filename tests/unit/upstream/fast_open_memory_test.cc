#include "upstream/fast_open_memory.h"

#include <gtest/gtest.h>

namespace gladhand::upstream {
namespace {

using namespace std::chrono_literals;
using timeline::FastOpen;

const io::Address kHere = *io::Address::numeric("192.0.2.1", 443);
const io::Address kThere = *io::Address::numeric("192.0.2.2", 443);

TEST(FastOpenMemory, every_failure_in_a_row_doubles_the_pause_of_that_address) {
  FastOpenMemory memory;
  Nanos now = 10s;
  for (const Nanos pause : {1min, 2min, 4min, 8min, 16min, 32min, 60min, 60min}) {
    EXPECT_TRUE(memory.may_try(kHere, now));
    memory.learn(kHere, FastOpen::syn_retransmitted, now);
    EXPECT_FALSE(memory.may_try(kHere, now + pause - 1ns)) << pause.count();
    EXPECT_TRUE(memory.may_try(kThere, now));
    now += pause;
  }
  memory.learn(kHere, FastOpen::accepted, now);
  memory.learn(kHere, FastOpen::refused, now);
  EXPECT_TRUE(memory.may_try(kHere, now + 1min)) << "what was accepted is forgiven";
}

TEST(FastOpenMemory, a_missing_cookie_and_a_pause_are_no_failures) {
  FastOpenMemory memory;
  for (const auto outcome : {FastOpen::unasked, FastOpen::empty, FastOpen::no_cookie, FastOpen::backed_off, FastOpen::unsupported}) {
    memory.learn(kHere, outcome, 1s);
    EXPECT_TRUE(memory.may_try(kHere, 1s));
  }
}

TEST(FastOpenMemory, a_server_with_a_new_key_is_tried_once_more) {
  FastOpenMemory memory;
  memory.learn(kHere, FastOpen::not_acknowledged, 1s);
  EXPECT_TRUE(memory.may_try(kHere, 1s));
  memory.learn(kHere, FastOpen::not_acknowledged, 2s);
  EXPECT_FALSE(memory.may_try(kHere, 2s));
  EXPECT_TRUE(memory.may_try(kHere, 2s + 1min));
}

TEST(FastOpenMemory, a_dial_that_nobody_answered_is_a_failure) {
  FastOpenMemory memory;
  memory.learn(kHere, FastOpen::unanswered, 1s);
  EXPECT_FALSE(memory.may_try(kHere, 1s));
}

}  // namespace
}  // namespace gladhand::upstream
