#include "codec/make.h"

#include "codec/http1.h"

namespace gladhand::codec {

std::unique_ptr<http::Codec> make(http::Role role, http::CodecEvents& events, const Settings& settings) {
  return std::make_unique<Http1>(role, events, settings);
}

}  // namespace gladhand::codec
