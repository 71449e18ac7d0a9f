// Responses: however they are cut, the story is the same; and what was accepted is, written by a server's codec and read
// again, the same response.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target http1_response_fuzz
//   build/fuzz/http1_response_fuzz -dict=tests/fuzz/http1.dict CORPUS
#include "http1_messages.h"

namespace {

using namespace gladhand;
using namespace gladhand::test;

constexpr codec::Settings kSettings{.head = {.section_bytes = 4096, .fields = 20}};

std::string story(const std::vector<std::string_view>& pieces, std::string_view method, bool ends) {
  ClientRig rig(kSettings);
  rig.ask(method);
  static_cast<void>(rig.output());
  for (std::string_view piece : pieces) rig.feed(piece);
  if (ends) rig.end();
  return rig.story();
}

void check_round_trip(const Message& message, std::string_view method) {
  if (!message.is_complete) return;
  ServerRig server(roomy());
  server.answers = false;
  server.feed(fmt::format("{} / HTTP/1.1\r\nHost: shop.example\r\n\r\n", method));
  message.send_through(*server.stream().grip.operator->());
  Collector client(http::Role::client, roomy());
  client.open();
  client.grip->send_head(ClientRig::request(method), http::End::yes);
  client.read(server.output());
  if (client.messages.size() != 1 || !client.messages[0].is_complete) require_equal("what was read again", message.essence(), "nothing");
  require_equal("what was read again", message.essence(), client.messages[0].essence());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(data, size);
  const bool ends = input.flags & 0x80;
  const std::string_view method = input.flags & 0x20 ? "HEAD" : "GET";
  const std::string whole = story({input.whole}, method, ends);
  require_equal("the story of the pieces", whole, story(input.pieces, method, ends));
  if (input.flags & 0x40) {
    std::vector<std::string_view> single;
    for (std::size_t i = 0; i < input.whole.size(); ++i) single.push_back(input.whole.substr(i, 1));
    require_equal("the story byte by byte", whole, story(single, method, ends));
  }
  Collector collector(http::Role::client, kSettings);
  collector.open();
  collector.grip->send_head(ClientRig::request(method), http::End::yes);
  collector.read(input.whole);
  if (ends) collector.codec.end_input();
  for (const Message& message : collector.messages) check_round_trip(message, method);
  return 0;
}
