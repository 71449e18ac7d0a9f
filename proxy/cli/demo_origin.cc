#include "cli/demo_origin.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace gladhand::cli {
namespace {

using server::Answer;
using server::Question;

constexpr std::uint64_t kMostBytes = 64 * 1024 * 1024;
constexpr std::uint64_t kMostMillis = 20'000;

constexpr std::string_view kHome =
    "Gladhand's demo origin\n\n"
    "  /echo             what you sent\n"
    "  /headers          the head as it arrived here, behind the proxy\n"
    "  /slow?ms=250      answers after that long\n"
    "  /bytes/65536      so many bytes\n"
    "  /status/503       that status code\n"
    "  /upload           counts what you send\n"
    "  /fail?mode=reset  breaks the connection; mode=hang never answers\n";

std::uint64_t number(std::string_view text, std::uint64_t otherwise, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end != text.data() ? std::min(value, most) : otherwise;
}

// The value of `name` in a query.
std::string_view parameter(std::string_view target, std::string_view name) {
  const std::size_t query = target.find('?');
  if (query == std::string_view::npos) return {};
  const std::size_t at = target.find(name, query);
  if (at == std::string_view::npos || target.substr(at + name.size(), 1) != "=") return {};
  const std::string_view value = target.substr(at + name.size() + 1);
  return value.substr(0, value.find('&'));
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

Answer answer_to(const Question& question) {
  const std::string_view target = question.head.target;
  const std::string_view path = target.substr(0, target.find('?'));
  if (path == "/") return text(std::string(kHome));
  if (path == "/echo") return text(std::string(question.body));
  if (path == "/headers") return headers(question);
  if (path == "/upload") return text(std::to_string(question.body_bytes) + " bytes\n");
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
