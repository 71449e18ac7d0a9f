#include "cli/demo_origin.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "cli/demo_page.h"
#include "cli/event_clock.h"
#include "cli/websocket_echo.h"
#include "http/upgrade.h"

namespace gladhand::cli {
namespace {

using server::Answer;
using server::Question;

constexpr std::uint64_t kMostBytes = 64 * 1024 * 1024;
constexpr std::uint64_t kMostMillis = 20'000;
constexpr std::uint64_t kEndless = UINT64_MAX;

std::uint64_t number(std::string_view text, std::uint64_t otherwise, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end != text.data() ? std::min(value, most) : otherwise;
}

// The value of `name` in a query.
std::string_view parameter(std::string_view target, std::string_view name) {
  std::size_t at = target.find('?');
  while (at != std::string_view::npos) {
    const std::string_view pair = target.substr(at + 1, target.find('&', at + 1) - at - 1);
    if (pair.starts_with(name) && pair.substr(name.size(), 1) == "=") return pair.substr(name.size() + 1);
    at = target.find('&', at + 1);
  }
  return {};
}

Answer text(std::string body) {
  Answer answer;
  answer.body = std::move(body);
  return answer;
}

Answer headers(const Question& question) {
  std::string page = std::string(question.head.method) + ' ' + std::string(question.head.target) + " HTTP/1.1\n";
  for (const http::Field& field : question.head.fields) page += std::string(field.name) + ": " + std::string(field.value) + '\n';
  return text(page);
}

// Browsers say that they like HTML; what talks to a terminal does not.
Answer home(const Question& question) {
  const bool is_browser = http::value_of(question.head.fields, "accept").find("text/html") != std::string_view::npos;
  Answer answer = text(is_browser ? demo_html() : demo_text());
  if (is_browser) answer.content_type = "text/html; charset=utf-8";
  answer.fields = {{"Vary", "Accept"}};
  return answer;
}

Answer events(std::string_view target) {
  const std::uint64_t count = std::max<std::uint64_t>(number(parameter(target, "n"), kEndless, kEndless), 1);
  const std::chrono::milliseconds pause(std::max<std::uint64_t>(number(parameter(target, "ms"), 1000, kMostMillis), 1));
  Answer answer;
  answer.content_type = "text/event-stream";
  answer.fields = {{"Cache-Control", "no-store"}};
  answer.go_on = [count, pause](server::Channel& client) { return std::make_unique<EventClock>(client, count, pause); };
  return answer;
}

Answer answer_to(const Question& question) {
  const std::string_view target = question.head.target;
  const std::string_view path = target.substr(0, target.find('?'));
  if (path == "/") return home(question);
  if (path == "/echo") return text(std::string(question.body));
  if (path == "/headers") return headers(question);
  if (path == "/upload") return text(std::to_string(question.body_bytes) + " bytes\n");
  if (path == "/sse") return events(target);
  if (path == "/ws") return open_websocket(question.head);
  if (path.starts_with("/bytes/")) return text(std::string(number(path.substr(7), 0, kMostBytes), 'x'));
  Answer answer;
  if (path == "/slow") {
    answer.delay = std::chrono::milliseconds(number(parameter(target, "ms"), 1000, kMostMillis));
    answer.body = "late\n";
    return answer;
  }
  if (path.starts_with("/status/")) {
    answer.status = static_cast<std::uint16_t>(std::max<std::uint64_t>(number(path.substr(8), 200, 599), 200));
    answer.body = "as you wish\n";
    return answer;
  }
  if (path == "/fail") {
    answer.manner = parameter(target, "mode") == "hang" ? Answer::Manner::hang : Answer::Manner::reset;
    return answer;
  }
  answer.status = 404;
  answer.body = "There is no such page; / lists them.\n";
  return answer;
}

}  // namespace

server::Responder demo_origin() { return answer_to; }

}  // namespace gladhand::cli
