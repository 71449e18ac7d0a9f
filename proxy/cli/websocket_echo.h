// The echo at the end of a WebSocket (RFC 6455): every message comes back as one frame of its kind, up to kMostBytes.
//
// wslay knows the frames; pings and the closing handshake are answered by it. While the client does not read, nothing more
// of what it sends is taken.
#pragma once

#include <wslay/wslay.h>

#include "server/service.h"

namespace gladhand::cli {

// The answer to a request for it, be that an opening handshake or not.
server::Answer open_websocket(const http::Head& request);

class WebsocketEcho final : public server::Sequel {
 public:
  static constexpr std::size_t kMostBytes = 16 * 1024 * 1024;  // of a message; more is answered with a close, code 1009

  explicit WebsocketEcho(server::Channel& client);
  ~WebsocketEcho() override;

 private:
  void on_received(Buffer&& bytes) override;
  void on_writable() override { work(); }

  void work();
  ssize_t read(std::uint8_t* to, std::size_t most);
  ssize_t write(const std::uint8_t* from, std::size_t size);
  void on_message(const wslay_event_on_msg_recv_arg& message);

  server::Channel& client_;
  Buffer in_;  // not taken yet, and not paid for
  wslay_event_context_ptr frames_ = nullptr;
};

}  // namespace gladhand::cli
