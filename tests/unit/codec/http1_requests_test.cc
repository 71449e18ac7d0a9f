#include <gtest/gtest.h>

#include "feeding.h"
#include "request_cases.h"
#include "support/http1_rig.h"

namespace gladhand::codec {
namespace {

std::string story(const RequestCase& request, const std::vector<std::string_view>& pieces) {
  test::ServerRig rig;
  for (std::string_view piece : pieces) rig.feed(piece);
  if (request.is_cut_off) rig.end();
  return rig.story();
}

class EveryRequest : public testing::TestWithParam<RequestCase> {};

TEST_P(EveryRequest, ends_the_same_however_it_is_cut) {
  const RequestCase& request = GetParam();
  const std::string told = story_however_cut(request.wire, [&](const auto& pieces) { return story(request, pieces); });
  EXPECT_EQ(told.substr(0, request.transcript.size()), request.transcript);
  // Behind the events stands the state of the connection, one line. A refused request is the last.
  const std::string state = told.substr(std::min(told.size(), request.transcript.size()));
  EXPECT_EQ(state.find('\n') + 1, state.size()) << told;
  if (request.transcript.contains("aborted")) {
    EXPECT_EQ(state, "closes lingering\n");
  }
}

INSTANTIATE_TEST_SUITE_P(Http1, EveryRequest, testing::ValuesIn(request_cases()), [](const auto& row) { return row.param.name; });

}  // namespace

void PrintTo(const RequestCase& request, std::ostream* out) { *out << request.name; }

}  // namespace gladhand::codec
