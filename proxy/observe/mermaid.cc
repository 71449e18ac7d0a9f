#include "observe/mermaid.h"

#include <fmt/format.h>

#include "observe/moment.h"
#include "observe/utf8.h"

namespace gladhand::observe {
namespace {

constexpr std::array<std::string_view, kLanes> kNames{"C", "G", "U", "V"};
constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-+()/_*";

// Mermaid looks for "style" before a ":" and eats a ";" behind it, so that a colon is plain in addresses alone.
std::string escaped(std::string_view text, std::string_view also_plain = "") {
  std::string result;
  each_harmless(text, [&](char32_t value, std::string_view bytes) {
    if (bytes.size() == 1 && (kPlain.contains(bytes.front()) || also_plain.contains(bytes.front()))) {
      result += bytes;
    } else {
      result += fmt::format("#{};", static_cast<std::uint32_t>(value));
    }
  });
  return result;
}

std::string_view name(Lane lane) { return kNames[static_cast<std::size_t>(lane)]; }

}  // namespace

std::string mermaid(const Sequence& sequence) {
  std::string text = "sequenceDiagram\n";
  std::string_view last;
  for (std::size_t i = 0; i < kLanes; ++i) {
    if (sequence.lanes[i].empty()) continue;
    last = kNames[i];
    text += fmt::format("    participant {} as {}\n", last, escaped(sequence.lanes[i], ":"));
  }
  std::optional<std::int64_t> before;
  for (const Step& step : sequence.steps) {
    text += step.is_note() ? fmt::format("    Note over {}: ", name(step.from)) : fmt::format("    {}->>{}: ", name(step.from), name(step.to));
    text += escaped(step.text);
    if (step.at) {
      const std::int64_t at = micros(*step.at);
      text += fmt::format("<br/>{}", milliseconds(at));
      if (before) text += fmt::format(" (+{})", milliseconds(at - *before));  // never less: steps are in order
      before = at;
    }
    text += '\n';
  }
  const bool begins_left = !sequence.lanes[0].empty();
  return text + fmt::format("    Note over {},{}: {}\n", begins_left ? "C" : "G", last, escaped(sequence.ending));
}

}  // namespace gladhand::observe
