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
  const std::string told = rig.story();
  EXPECT_EQ(rig.ask(), response.state == "awaits nothing\n") << "whether another request may follow";
  return told;
}

class EveryResponse : public testing::TestWithParam<ResponseCase> {};

TEST_P(EveryResponse, ends_the_same_however_it_is_cut) {
  const ResponseCase& response = GetParam();
  EXPECT_EQ(story_however_cut(response.wire, [&](const auto& pieces) { return story(response, pieces); }), response.transcript + response.state);
}

INSTANTIATE_TEST_SUITE_P(Http1, EveryResponse, testing::ValuesIn(response_cases()), [](const auto& row) { return row.param.name; });

}  // namespace

void PrintTo(const ResponseCase& response, std::ostream* out) { *out << response.name; }

}  // namespace gladhand::codec
