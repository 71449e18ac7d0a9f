#include "codec/head_scanner.h"

#include <utility>

#include "http/syntax.h"

namespace gladhand::codec {

Expected<bool> HeadScanner::feed(std::string_view bytes, std::size_t& used) {
  used = 0;
  while (used < bytes.size()) {
    if (after_cr_) {
      if (bytes[used] != '\n') break;
      after_cr_ = false;
      ++used;
      ++size_;
      const auto ended = end_line();
      if (!ended || *ended) return ended;
      continue;
    }
    const std::size_t text = http::find_control(bytes.substr(used));
    used += text;
    size_ += text;
    line_size_ += text;
    if (is_start_line_too_long()) return failure(Code::uri_too_long);
    if (is_too_large()) return excess();
    if (used == bytes.size()) return false;
    if (bytes[used] != '\r') break;
    after_cr_ = true;
    ++used;
    ++size_;
  }
  if (used == bytes.size()) return false;
  return failure(kind_ == Kind::response ? Code::bad_response : Code::bad_request, "a control character or a line end that is not CRLF");
}

std::unexpected<Error> HeadScanner::excess() const {
  return failure(kind_ == Kind::response ? Code::response_header_too_large : Code::request_header_too_large);
}

Expected<bool> HeadScanner::end_line() {
  if (line_size_ > 0) ++lines_;
  if (is_too_large()) return excess();
  if (std::exchange(line_size_, 0) > 0) return false;
  if (lines_ > 0 || kind_ == Kind::trailers) return true;
  if (kind_ == Kind::request && leading_ == 0) {
    leading_ = size_;
    return false;
  }
  return failure(kind_ == Kind::response ? Code::bad_response : Code::bad_request, "empty lines where a message should begin");
}

}  // namespace gladhand::codec
