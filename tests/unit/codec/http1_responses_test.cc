#include <gtest/gtest.h>

#include "feeding.h"
#include "response_cases.h"
#include "support/http1_rig.h"

namespace gladhand::codec {
namespace {

std::string story(const ResponseCase& response, const std::vector<std::string_view>& pieces) {
  test::ClientRig rig;
  rig.ask(response.method);
  static_cast<void>(rig.output());
  for (std::string_view piece : pieces) rig.feed(piece);
  if (response.is_cut_off) rig.end();
  return rig.story();
}

class EveryResponse : public testing::TestWithParam<ResponseCase> {};

TEST_P(EveryResponse, ends_the_same_however_it_is_cut) {
  const ResponseCase& response = GetParam();
  EXPECT_EQ(story_however_cut(response.wire, [&](const auto& pieces) { return story(response, pieces); }), response.transcript + response.state);
}

TEST_P(EveryResponse, leaves_a_connection_that_can_be_used_again_or_one_that_cannot) {
  const ResponseCase& response = GetParam();
  test::ClientRig rig;
  rig.ask(response.method);
  static_cast<void>(rig.output());
  rig.feed(response.wire);
  if (response.is_cut_off) rig.end();
  EXPECT_EQ(rig.ask(), response.state == "awaits nothing\n");
}

INSTANTIATE_TEST_SUITE_P(Http1, EveryResponse, testing::ValuesIn(response_cases()), [](const auto& row) { return row.param.name; });

}  // namespace

void PrintTo(const ResponseCase& response, std::ostream* out) { *out << response.name; }

}  // namespace gladhand::codec
