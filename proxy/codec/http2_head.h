// Heads of HTTP/2 between nghttp2's fields and the neutral model (RFC 9113 section 8).
//
// nghttp2 knows the order and the number of pseudo-header fields, and refuses fields that belong to a connection. What a
// value may be is decided here, by the same rules as for HTTP/1.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <vector>

#include "base/arena.h"
#include "codec/head_scanner.h"
#include "http/message.h"

namespace gladhand::codec {

// Collects one field section after the other. The texts are copied to the arena: they come from the decoder's table.
class FieldReader {
 public:
  FieldReader(const HeadLimits& limits, Code bad, Code too_large) : limits_(limits), bad_(bad), too_large_(too_large) {}

  void begin();
  // After an error the rest of the section can be skipped.
  Expected<void> add(std::string_view name, std::string_view value, Arena& arena, http::Head& head, bool is_sensitive = false);
  // The checks that need the whole section. `scheme` is what requests on this connection are for; empty: they may say.
  Expected<void> finish_request(std::string_view scheme, Arena& arena, http::Head& head);
  Expected<void> finish_response(http::Head& head);
  // Trailers collect in `head.fields`, too.

 private:
  Expected<void> add_pseudo(std::string_view name, std::string_view value, Arena& arena, http::Head& head);
  Expected<void> finish_authority(http::Head& head);
  Expected<void> finish_length(http::Head& head);
  Expected<void> finish_connect(http::Head& head);

  const HeadLimits limits_;
  const Code bad_;
  const Code too_large_;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  std::size_t cookies_ = 0;
  std::string_view cookie_;  // its crumbs, joined (RFC 9113 section 8.2.3)
  std::string_view status_;
};

// Makes the array that nghttp2 takes. It is valid until the next call: nghttp2 copies what it submits, with names in small letters.
class FieldWriter {
 public:
  std::vector<nghttp2_nv>& request(const http::Head& head, std::string_view scheme);
  std::vector<nghttp2_nv>& response(const http::Head& head);
  std::vector<nghttp2_nv>& trailers(const http::Headers& fields);

 private:
  using Digits = std::array<char, 20>;  // of the largest number

  void add(std::string_view name, std::string_view value, std::uint8_t flags);
  // Under a literal in small letters, which need not be copied.
  void add_known(std::string_view name, std::string_view value, std::uint8_t flags = NGHTTP2_NV_FLAG_NONE) {
    add(name, value, static_cast<std::uint8_t>(flags | NGHTTP2_NV_FLAG_NO_COPY_NAME));
  }
  void add_fields(const http::Headers& fields, bool opens_tunnel = false);
  void add_length(std::uint64_t length) { add_known("content-length", written(length, length_)); }
  static std::string_view written(std::uint64_t value, Digits& to);

  std::vector<nghttp2_nv> fields_;
  Digits status_, length_;
};

}  // namespace gladhand::codec
