#include "codec/make.h"

#include "codec/http1.h"
#include "codec/http2.h"
#include "codec/raw.h"

namespace gladhand::codec {
namespace {

// The preface as far as it tells; no method of HTTP/1 is called so. The codec checks the rest of it.
constexpr std::string_view kPreface = "PRI ";

}  // namespace

std::unique_ptr<http::Codec> make(Protocol protocol, http::Role role, http::CodecEvents& events, const Settings& settings) {
  switch (protocol) {
    case Protocol::multiplexed: return std::make_unique<Http2>(role, events, settings);
    case Protocol::raw: return std::make_unique<Raw>(events);
    case Protocol::sequential: break;
  }
  return std::make_unique<Http1>(role, events, settings);
}

Protocol protocol_of(std::string_view alpn) { return alpn == "h2" ? Protocol::multiplexed : Protocol::sequential; }

std::optional<Protocol> recognize(const Buffer& first) {
  std::size_t matched = 0;
  for (const Slice& slice : first.slices()) {
    for (char c : slice.view()) {
      if (c != kPreface[matched]) return Protocol::sequential;
      if (++matched == kPreface.size()) return Protocol::multiplexed;
    }
  }
  return std::nullopt;
}

}  // namespace gladhand::codec
