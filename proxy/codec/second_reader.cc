#include "codec/second_reader.h"

#include <utility>

namespace gladhand::codec {

SecondReader::SecondReader(http::Role role) : bad_(role == http::Role::server ? Code::bad_request : Code::bad_response) {
  llhttp_init(&parser_, role == http::Role::server ? HTTP_REQUEST : HTTP_RESPONSE, &callbacks());
  parser_.data = this;
}

const llhttp_settings_t& SecondReader::callbacks() {
  static const llhttp_settings_t settings = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_headers_complete = [](llhttp_t* parser) {
      SecondReader& self = *static_cast<SecondReader*>(parser->data);
      parser->upgrade = 0;  // what follows is HTTP until an exchange says otherwise
      // Some releases take the Content-Length of a 304 for that of a body behind it.
      const bool opens_tunnel = self.answers_connect_ && parser->status_code / 100 == 2;
      if (self.answers_head_ || opens_tunnel || parser->status_code == 304) parser->flags |= F_SKIPBODY;
      self.keeps_alive_ = llhttp_should_keep_alive(parser) != 0;
      return 0;
    };
    s.on_body = [](llhttp_t* parser, const char* at, std::size_t size) {
      SecondReader& self = *static_cast<SecondReader*>(parser->data);
      self.body_.append(self.piece_->part(static_cast<std::size_t>(at - self.piece_->data()), size));
      return 0;
    };
    s.on_message_complete = [](llhttp_t* parser) {
      static_cast<SecondReader*>(parser->data)->has_ended_ = true;
      return static_cast<int>(HPE_PAUSED);
    };
    return s;
  }();
  return settings;
}

void SecondReader::begin(bool answers_head, bool answers_connect) {
  llhttp_reset(&parser_);
  body_.clear();
  answers_head_ = answers_head;
  answers_connect_ = answers_connect;
  has_ended_ = false;
}

Expected<void> SecondReader::read(const Slice& piece, bool ends_message) {
  piece_ = &piece;
  const llhttp_errno_t error = llhttp_execute(&parser_, piece.data(), piece.size());
  piece_ = nullptr;
  const bool used_all = error == HPE_OK || (error == HPE_PAUSED && llhttp_get_error_pos(&parser_) == piece.data() + piece.size());
  if (error == HPE_INVALID_METHOD) return failure(Code::not_implemented, "the method is unknown");
  if (!used_all || has_ended_ != ends_message) return failure(bad_, "the message's framing is not beyond doubt");
  return {};
}

}  // namespace gladhand::codec
