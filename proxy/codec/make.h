// The codec for a connection: the one place that knows which there are.
#pragma once

#include <memory>

#include "codec/settings.h"
#include "http/codec.h"

namespace gladhand::codec {

std::unique_ptr<http::Codec> make(http::Role role, http::CodecEvents& events, const Settings& settings);

}  // namespace gladhand::codec
