// A listener of a stream that writes down what it hears, as lines that a test can compare:
//
//   head POST shop.example /cart (5 bytes)      method, authority, target; for a response, status and reason
//   field Accept: */*                           only when the recorder was asked for fields
//   body hello                                  all pieces between two other lines together
//   trailer Digest: x
//   end · writable · aborted bad_request · reset truncated_response
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>

#include "http/stream.h"

namespace gladhand::test {

// What a head says about the body behind it.
inline std::string body_announced(const http::Head& head) {
  if (!head.content_length) return head.has_body ? " (body)" : "";
  if (head.has_body || *head.content_length == 0) return fmt::format(" ({} bytes)", *head.content_length);
  return fmt::format(" (no body of {} bytes)", *head.content_length);
}

inline std::string first_line(const http::Head& head) {
  const std::string what = head.status != 0 ? fmt::format("{} {}", head.status, head.reason)
                                            : fmt::format("{} {} {}", head.method, head.authority, head.target);
  return fmt::format("head {}{}{}", what, head.version == http::Version::http1_0 ? " 1.0" : "", body_announced(head));
}

class RecordingStream final : public http::StreamEvents {
 public:
  explicit RecordingStream(std::string& transcript) : transcript_(transcript) {}

  http::StreamGrip grip;
  bool shows_fields = false;
  bool pays_back = true;  // consumed() at once
  // Called after each event has been written down, with its first word; may drop the grip.
  std::function<void(std::string_view event)> then = [](std::string_view) {};
  std::size_t owed = 0;
  bool is_over = false;  // nothing more will be received
  bool was_reset = false;

  void on_head(http::Head& head) override {
    line("head", first_line(head));
    if (!shows_fields) return;
    for (const http::Field& field : head.fields) transcript_ += fmt::format("field {}: {}\n", field.name, field.value);
  }
  void on_body(Buffer&& body) override {
    const std::string text = Buffer(std::move(body)).to_string();
    if (is_in_body_) {
      transcript_.pop_back();
      transcript_ += text + '\n';
    } else {
      transcript_ += fmt::format("body {}\n", text);
    }
    is_in_body_ = true;
    owed += text.size();
    if (pays_back) pay_back();
    then("body");
  }
  void on_trailers(const http::Headers& trailers) override {
    for (const http::Field& field : trailers) transcript_ += fmt::format("trailer {}: {}\n", field.name, field.value);
    is_in_body_ = false;
    then("trailers");
  }
  void on_end() override {
    is_over = true;
    line("end", "end");
  }
  void on_writable() override { line("writable", "writable"); }
  void on_aborted(Error error) override {
    is_over = true;
    line("aborted", fmt::format("aborted {}", error.name()));
  }
  void on_reset(Error error) override {
    is_over = was_reset = true;
    line("reset", fmt::format("reset {}", error.name()));
  }

  void pay_back() {
    if (grip) grip->consumed(std::exchange(owed, 0));
  }

 private:
  void line(std::string_view event, const std::string& text) {
    transcript_ += text + '\n';
    is_in_body_ = false;
    then(event);
  }

  std::string& transcript_;
  bool is_in_body_ = false;
};

}  // namespace gladhand::test
