// HTTP/2 in both roles: whatever bytes come, and whatever the owner does between them, nothing crashes, nothing leaks, and
// when the connection is gone no stream holds a byte or a grip.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target http2_fuzz
//   build/fuzz/http2_fuzz CORPUS
#include "http1_messages.h"
#include "support/http2_rig.h"

namespace {

using namespace gladhand;
using namespace gladhand::test;

constexpr codec::Settings kSettings{.head = {.section_bytes = 4096, .start_line_bytes = 1024, .fields = 20}, .most_messages = 50, .streams = 8};

http::Head some_head(http::Role role) {
  http::Head head = role == http::Role::server ? Http2ServerRig::reply() : Http2ClientRig::request("POST");
  head.fields.add(http::FieldId::other, "X-Some", "field");
  return head;
}

void send_something(RecordingStream& stream, http::Role role, unsigned choice) {
  if (!stream.grip) return;
  http::Headers trailers;
  trailers.add(http::FieldId::other, "Digest", "x");
  switch (choice % 8) {
    case 0: stream.grip->send_head(some_head(role), http::End::yes); break;
    case 1: stream.grip->send_head(some_head(role), http::End::no); break;
    case 2: stream.grip->send_body(buffer_of(std::string(70'000, 'x')), http::End::no); break;
    case 3: stream.grip->send_body(buffer_of("last"), http::End::yes); break;
    case 4: stream.grip->send_trailers(trailers); break;
    case 5: stream.grip.drop(); break;
    case 6: stream.grip->reset(Code::internal); break;
    default: stream.pay_back(); break;
  }
}

// One thing that an owner may do between two reads.
void act(Http2Rig& rig, http::Role role, unsigned choice) {
  switch (choice % 16) {
    case 0: rig.codec.drain(); break;
    case 1: rig.codec.abort_input({Code::request_timeout}); break;
    case 2: rig.codec.abort_stalled(1000, {Code::send_timeout}); break;
    case 3: rig.clock.advance(std::chrono::milliseconds(choice)); break;
    case 4:
      if (http::Stream* stream = rig.codec.open()) rig.on_stream(*stream);
      break;
    default:
      if (!rig.streams.empty()) send_something(rig.stream(choice % rig.streams.size()), role, choice / 16);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(data, size);
  const http::Role role = input.flags & 0x80 ? http::Role::server : http::Role::client;
  Http2Rig rig(role, kSettings);
  rig.answers = input.flags & 0x40;
  rig.prepare_with([&](RecordingStream& stream) { stream.pays_back = input.flags & 0x20; });
  rig.feed((role == http::Role::server ? Http2Peer::magic() : std::string()) + Http2Peer::settings());
  for (int i = 0; i < 3 && role == http::Role::client; ++i) {
    rig.on_stream(*rig.codec.open());
    rig.stream(static_cast<std::size_t>(i)).grip->send_head(some_head(role), i == 0 ? http::End::no : http::End::yes);
  }
  rig.turn();
  for (std::string_view piece : input.pieces) {
    rig.feed(piece);
    act(rig, role, static_cast<unsigned>(piece.size()));
    rig.turn();
  }
  if (input.flags & 0x10) rig.end();
  rig.codec.fail({Code::client_reset});
  rig.turn();
  for (const auto& heard : rig.streams) require_equal("a grip of a lost connection", heard->stream.grip ? "held" : "empty", "empty");
  require_equal("what is held", std::to_string(rig.codec.held_bytes()), "0");
  require_equal("a lost connection", rig.codec.is_finished() ? "finished" : "open", "finished");
  return 0;
}
