// Requests: however they are cut, the story is the same; and what was accepted is, written by a client's codec and read
// again, the same request.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target http1_request_fuzz
//   build/fuzz/http1_request_fuzz -dict=tests/fuzz/http1.dict CORPUS
#include "http1_messages.h"

namespace {

using namespace gladhand;
using namespace gladhand::test;

constexpr codec::Settings kSettings{.head = {.section_bytes = 4096, .start_line_bytes = 1024, .fields = 20}, .body_bytes = 10'000, .most_messages = 8};

std::string story(const std::vector<std::string_view>& pieces, bool ends) {
  ServerRig rig(kSettings);
  for (std::string_view piece : pieces) rig.feed(piece);
  if (ends) rig.end();
  return rig.story();
}

void check_round_trip(const Message& message) {
  if (!message.is_complete || message.authority.empty()) return;  // HTTP/1.0 may name no host; HTTP/1.1, which we write, may not
  Collector client(http::Role::client, roomy());
  client.open();
  message.send_through(*client.grip.operator->());
  Collector server(http::Role::server, roomy());
  server.read(client.output());
  if (server.messages.size() != 1 || !server.messages[0].is_complete) require_equal("what was read again", message.essence(), "nothing");
  require_equal("what was read again", message.essence(), server.messages[0].essence());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(data, size);
  const bool ends = input.flags & 0x80;
  const std::string whole = story({input.whole}, ends);
  require_equal("the story of the pieces", whole, story(input.pieces, ends));
  if (input.flags & 0x40) {
    std::vector<std::string_view> single;
    for (std::size_t i = 0; i < input.whole.size(); ++i) single.push_back(input.whole.substr(i, 1));
    require_equal("the story byte by byte", whole, story(single, ends));
  }
  Collector collector(http::Role::server, kSettings);
  collector.read(input.whole);
  for (const Message& message : collector.messages) check_round_trip(message);
  return 0;
}
