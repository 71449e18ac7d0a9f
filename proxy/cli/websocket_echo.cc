#include "cli/websocket_echo.h"

#include <algorithm>
#include <cstring>

#include "http/upgrade.h"
#include "tls/digest.h"

namespace gladhand::cli {
namespace {

constexpr std::string_view kVersion = "13";

server::Answer refusal(std::uint16_t status, std::string_view why) {
  server::Answer answer;
  answer.status = status;
  answer.body = std::string(why) + '\n';
  return answer;
}

WebsocketEcho& of(void* user) { return *static_cast<WebsocketEcho*>(user); }

}  // namespace

server::Answer open_websocket(const http::Head& request) {
  if (!http::is_websocket(request.protocol)) {
    server::Answer answer = refusal(426, "This is a WebSocket: its URL begins with ws:// or wss://.");
    answer.fields = {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}};
    return answer;
  }
  if (auto fit = http::check_websocket_request(request); !fit) return refusal(400, fit.error().detail);
  if (http::value_of(request.fields, "sec-websocket-version") != kVersion) {
    server::Answer answer = refusal(426, "The version that is spoken here is 13.");
    answer.fields = {{"Sec-WebSocket-Version", std::string(kVersion)}};
    return answer;
  }
  server::Answer answer;
  answer.status = 101;
  answer.protocol = request.protocol;
  answer.content_type.clear();
  std::string key(http::value_of(request.fields, http::kWebsocketKey));
  answer.fields = {{"Sec-WebSocket-Accept", tls::sha1_base64(key.append("258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))}};
  answer.go_on = [](server::Channel& client) { return std::make_unique<WebsocketEcho>(client); };
  return answer;
}

WebsocketEcho::WebsocketEcho(server::Channel& client) : client_(client) {
  wslay_event_callbacks callbacks{};
  callbacks.recv_callback = [](wslay_event_context_ptr, std::uint8_t* to, std::size_t most, int, void* self) { return of(self).read(to, most); };
  callbacks.send_callback = [](wslay_event_context_ptr, const std::uint8_t* from, std::size_t size, int, void* self) { return of(self).write(from, size); };
  callbacks.on_msg_recv_callback = [](wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* message, void* self) { of(self).on_message(*message); };
  if (wslay_event_context_server_init(&frames_, &callbacks, this) == 0) {
    wslay_event_config_set_max_recv_msg_length(frames_, kMostBytes);
  } else {
    client_.end();  // out of memory
  }
}

WebsocketEcho::~WebsocketEcho() { wslay_event_context_free(frames_); }

void WebsocketEcho::on_received(Buffer&& bytes) {
  in_.append(std::move(bytes));
  work();
}

void WebsocketEcho::work() {
  do {
    if (wslay_event_recv(frames_) != 0 || wslay_event_send(frames_) != 0) return client_.end();
  } while (!in_.empty() && wslay_event_want_read(frames_) && !wslay_event_want_write(frames_));
  if (!wslay_event_want_read(frames_) && !wslay_event_want_write(frames_)) client_.end();
}

// One echo at a time: what is read before it has left would have to be kept.
ssize_t WebsocketEcho::read(std::uint8_t* to, std::size_t most) {
  if (in_.empty() || wslay_event_want_write(frames_)) {
    wslay_event_set_error(frames_, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  const std::string_view front = in_.slices().front().view();
  const std::size_t size = std::min(front.size(), most);
  std::memcpy(to, front.data(), size);
  in_.consume(size);
  client_.consumed(size);
  return static_cast<ssize_t>(size);
}

ssize_t WebsocketEcho::write(const std::uint8_t* from, std::size_t size) {
  const std::size_t taken = std::min(size, client_.writable());
  if (taken == 0) {
    wslay_event_set_error(frames_, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  Buffer bytes;
  bytes.append(std::string_view(reinterpret_cast<const char*>(from), taken));
  client_.send(std::move(bytes));
  return static_cast<ssize_t>(taken);
}

void WebsocketEcho::on_message(const wslay_event_on_msg_recv_arg& message) {
  if (wslay_is_ctrl_frame(message.opcode)) return;
  const wslay_event_msg echo{.opcode = message.opcode, .msg = message.msg, .msg_length = message.msg_length};
  wslay_event_queue_msg(frames_, &echo);  // fails only behind a close, where nobody waits for it
  wslay_event_send(frames_);              // at once: the answer to a close right behind the message would overtake its echo
}

}  // namespace gladhand::cli
