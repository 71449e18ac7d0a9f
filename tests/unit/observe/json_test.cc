#include "observe/json.h"

#include <gmock/gmock.h>

namespace gladhand::observe {
namespace {

using namespace std::chrono_literals;

TEST(Json, closes_what_is_open) {
  Json json;
  json.open();
  json.open_list("names");
  json.text({}, "a");
  json.text({}, "b");
  json.close();
  json.open("inner");
  json.number("n", 7);
  json.flag("is", true);
  json.time("took", 1'234'567ns);
  json.time("before", -1ns);
  EXPECT_EQ(std::move(json).finish(), R"({"names":["a","b"],"inner":{"n":7,"is":true,"took":1234.567,"before":-0.001}})" "\n");
}

TEST(Json, escapes_what_strangers_wrote) {
  Json json;
  json.open();
  json.text("a", "\"</script>\x01\xe2\x80\xae");
  EXPECT_EQ(std::move(json).finish(), "{\"a\":\"\\\"</script>\\u0001\\u202e\"}\n");
}

TEST(Json, may_be_longer_than_a_line_of_the_log) {
  Json json;
  json.open_list();
  const std::string text(1000, 'x');
  for (int i = 0; i < 200; ++i) json.text({}, text);
  EXPECT_EQ(std::move(json).finish().size(), 200 * 1003 + 2u);
}

}  // namespace
}  // namespace gladhand::observe
