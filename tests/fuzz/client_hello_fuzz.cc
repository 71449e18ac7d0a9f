// ClientHellos and what a TunnelWatch makes of a tunnel: nothing is read past its end, and however the bytes are cut, the story
// is the same.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target client_hello_fuzz
//   build/fuzz/client_hello_fuzz CORPUS
//
// The input is a sequence of speeches: a byte whose highest bit says who speaks and whose rest, times four, how long; then the
// bytes.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "support/tls_bytes.h"
#include "tls/client_hello.h"

namespace {

using namespace gladhand;

struct Speech {
  bool is_clients;
  std::string_view bytes;
};

std::vector<Speech> speeches(std::string_view input) {
  std::vector<Speech> all;
  while (!input.empty()) {
    const auto head = static_cast<unsigned char>(input.front());
    const std::string_view bytes = input.substr(1, (head & 0x7fu) * 4);
    all.push_back({(head & 0x80) == 0, bytes});
    input.remove_prefix(1 + bytes.size());
  }
  return all;
}

void require(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

std::string story(const std::vector<Speech>& all, std::size_t piece) {
  tls::TunnelWatch watch("origin.example");
  Nanos now{1};
  for (const Speech& speech : all) {
    for (std::size_t at = 0; at < speech.bytes.size(); at += std::min(piece, speech.bytes.size() - at)) {
      const std::string_view bytes = speech.bytes.substr(at, piece);
      speech.is_clients ? watch.from_client(bytes, now) : watch.from_upstream(bytes, now);
    }
    ++now;
  }
  require((watch.outcome() == tls::TunnelWatch::Outcome::secured) == watch.duration().has_value(), "a duration means secured");
  require(watch.kind() != tls::TunnelWatch::Kind::opaque || watch.is_done(), "what is opaque is done");
  return test::story_of(watch);
}

void read_hello(std::string_view message) {
  const auto hello = tls::read_client_hello(message);
  if (!hello) return;
  for (const std::string_view view : {hello->server_name, hello->first_protocol}) {
    require(view.empty() || (view.data() >= message.data() && view.data() + view.size() <= message.data() + message.size()), "views are into the message");
  }
  require(hello->has_server_name || hello->server_name.empty(), "a name is a name that was sent");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read_hello(input);
  // With lengths that are right, so that the parts inside are reached.
  const std::string message = test::tls_message(1, input);
  read_hello(message);
  read_hello(test::HelloParts{.extensions = std::string(input.substr(0, 0xffff))}.message());

  const std::vector<Speech> all = speeches(input);
  const std::string whole = story(all, SIZE_MAX);
  require(whole == story(all, 1), "the story byte by byte is the same");
  require(whole == story(all, 7), "the story in sevens is the same");
  return 0;
}
