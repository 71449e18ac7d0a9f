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
  // Behind the events stands the state of the connection, one line.
  EXPECT_EQ(told.find('\n', request.transcript.size()) + 1, told.size()) << told;
}

TEST_P(EveryRequest, that_is_refused_is_the_last_on_its_connection) {
  test::ServerRig rig;
  rig.feed(GetParam().wire);
  if (!rig.transcript.contains("aborted")) return;
  rig.feed(requests::get(""));
  EXPECT_TRUE(rig.codec.is_finished() || rig.codec.pending_bytes() > 0);
  EXPECT_TRUE(rig.story().ends_with("closes lingering\n")) << rig.story();
  EXPECT_FALSE(rig.transcript.ends_with("end\n"));
}

INSTANTIATE_TEST_SUITE_P(Http1, EveryRequest, testing::ValuesIn(request_cases()), [](const auto& row) { return row.param.name; });

}  // namespace

void PrintTo(const RequestCase& request, std::ostream* out) { *out << request.name; }

}  // namespace gladhand::codec
