#include "observe/handshake_svg.h"

#include <fmt/format.h>

#include <algorithm>

#include "observe/moment.h"
#include "observe/outcome.h"
#include "observe/svg.h"
#include "observe/utf8.h"

namespace gladhand::observe {
namespace {

constexpr int kWidth = 960;
constexpr int kMargin = 20;
constexpr int kHead = 84;          // where the bars begin
constexpr int kRow = 24;           // of a bar
constexpr int kBarsLeft = 270;
constexpr int kBarsRight = 820;
constexpr int kCut = 30;           // of a stretch of time that is left out
constexpr int kTickRoom = 80;
constexpr int kStep = 34;          // of a message
constexpr int kInstantsRight = 125;   // room for those of a day
constexpr int kDistancesRight = 255;  // between two instants
constexpr int kLanesLeft = 330;
constexpr int kLanesRight = 850;
constexpr int kLaneHead = 58;
constexpr int kLetter = 7;         // about the width of a small one
constexpr int kCapital = 9;        // and of others

int width_of(char32_t c) { return (c >= 'a' && c <= 'z') || c == ' ' || c == '.' || c == ',' || c == '/' ? kLetter : kCapital; }
int width_of(std::string_view text) {
  int width = 0;
  each_harmless(text, [&](char32_t c, std::string_view) { width += width_of(c); });
  return width;
}

// The text, or as much of it as fits and an ellipsis.
std::string fitting(std::string_view text, int room) {
  if (width_of(text) <= room) return std::string(text);
  std::string result;
  int width = kCapital;
  each_harmless(text, [&](char32_t c, std::string_view bytes) {
    if ((width += width_of(c)) <= room) result += bytes;
  });
  return result.append(kEllipsis);
}

// About five to an axis: 1, 2 or 5 of a power of ten, in microseconds.
std::int64_t tick_distance(std::int64_t span) {
  std::int64_t power = 1;
  while (power * 50 < span) power *= 10;
  for (const int digit : {1, 2, 5}) {
    if (power * digit * 5 >= span) return power * digit;
  }
  return power * 10;
}

// Time from left to right. Where nothing happens for longer than everything that happens takes together, the axis is cut:
// the end of a connection may come hours behind its handshake.
class Axis {
 public:
  explicit Axis(const std::vector<Bar>& bars) {
    std::vector<Stretch> busy(1);  // `started` is always in the picture
    for (const Bar& bar : bars) {
      if (bar.from) busy.push_back({*bar.from, *bar.from + bar.took});
    }
    std::ranges::sort(busy, {}, &Stretch::from);
    join(busy, Nanos::zero());
    join(busy, shown());
  }

  double x(Nanos at) const {
    const double scale = (kBarsRight - kBarsLeft - kCut * static_cast<double>(stretches_.size() - 1)) / std::max(static_cast<double>(shown().count()), 1.0);
    double left = kBarsLeft;
    for (const Stretch& stretch : stretches_) {
      if (at <= stretch.to) return left + scale * static_cast<double>((at - stretch.from).count());
      left += scale * static_cast<double>((stretch.to - stretch.from).count()) + kCut;
    }
    return kBarsRight;
  }

  void draw(Svg& svg, int foot) const {
    const std::int64_t distance = tick_distance(shown() / std::chrono::microseconds(1));
    double free = 0;  // from there on no text stands
    for (const Stretch& stretch : stretches_) {
      if (&stretch != &stretches_.front()) svg.text("soft middle", x(stretch.from) - kCut / 2.0, foot + 4, kEllipsis, "nothing happened");
      for (std::int64_t tick = micros(stretch.from) / distance * distance; tick <= micros(stretch.to); tick += distance) {
        const Nanos at = std::chrono::microseconds(tick);
        if (at < stretch.from || x(at) < free) continue;
        svg.line("grid", x(at), kHead, x(at), foot + 4);
        svg.text("soft middle", x(at), foot + 20, milliseconds(tick));
        free = x(at) + kTickRoom;
      }
    }
  }

 private:
  struct Stretch {
    Nanos from{}, to{};
  };

  // Sets the stretches to those of `busy`, which are in order, with no gap between them that is `gap` or shorter.
  void join(std::vector<Stretch>& busy, Nanos gap) {
    stretches_.assign(1, busy.front());
    for (const Stretch& next : busy) {
      Stretch& last = stretches_.back();
      if (next.from - last.to > gap) {
        stretches_.push_back(next);
      } else {
        last.to = std::max(last.to, next.to);
      }
    }
  }
  Nanos shown() const {
    Nanos sum{};
    for (const Stretch& stretch : stretches_) sum += stretch.to - stretch.from;
    return sum;
  }

  std::vector<Stretch> stretches_;  // in order; never empty
};

// The bars, from kHead on.
class Bars {
 public:
  explicit Bars(std::vector<Bar> bars) : bars_(std::move(bars)), axis_(bars_) {}

  int bottom() const { return kHead + static_cast<int>(bars_.size()) * kRow + 30; }

  void draw(Svg& svg) const {
    axis_.draw(svg, bottom() - 30);
    int y = kHead;
    for (const Bar& bar : bars_) {
      draw(svg, bar, y);
      y += kRow;
    }
  }

 private:
  void draw(Svg& svg, const Bar& bar, int y) const {
    svg.text("ink", kMargin, y + 16, bar.label, bar.help);
    svg.text("ink end", kWidth - kMargin, y + 16, took(bar));
    if (!bar.from) return svg.text("soft", kBarsLeft, y + 16, "how long is known, not when");
    const double left = axis_.x(*bar.from);
    svg.rect(row(bar.awaited).name, left, y + 4, std::max(axis_.x(*bar.from + bar.took) - left, 2.0), kRow - 8, 2, bar.help);
  }
  // The distance of the two instants as they are shown; a duration without instants as it is.
  static std::string took(const Bar& bar) {
    return milliseconds(bar.from ? micros(*bar.from + bar.took) - micros(*bar.from) : micros(bar.took));
  }

  const std::vector<Bar> bars_;
  const Axis axis_;
};

// The messages, from `top` on.
class Messages {
 public:
  Messages(const Sequence& sequence, int top) : sequence_(sequence), top_(top) {
    for (const std::string& lane : sequence.lanes) count_ += !lane.empty();
    int nth = 0;
    for (std::size_t i = 0; i < kLanes; ++i) {
      if (!sequence.lanes[i].empty()) x_[i] = kLanesLeft + nth++ * distance();
    }
  }

  int bottom() const { return top_ + kLaneHead + static_cast<int>(sequence_.steps.size()) * kStep + 52; }

  void draw(Svg& svg) const {
    const int first = top_ + kLaneHead;
    const int foot = bottom() - 44;
    for (std::size_t i = 0; i < kLanes; ++i) {
      if (!sequence_.lanes[i].empty()) draw_lane(svg, i, first - 10, foot);
    }
    int y = first + 22;
    std::optional<std::int64_t> before;
    for (const Step& step : sequence_.steps) {
      if (step.at) {
        const std::int64_t at = micros(*step.at);
        svg.text("ink end", kInstantsRight, y, milliseconds(at));
        if (before) svg.text("soft end", kDistancesRight, y, "+" + milliseconds(at - *before));
        before = at;
      }
      step.is_note() ? draw_note(svg, step, y) : draw_message(svg, step, y);
      y += kStep;
    }
    svg.text("ink strong middle", (kLanesLeft + kLanesRight) / 2.0, bottom() - 20, sequence_.ending);
  }

 private:
  int distance() const { return (kLanesRight - kLanesLeft) / std::max(count_ - 1, 1); }
  double x(Lane lane) const { return x_[static_cast<std::size_t>(lane)]; }

  // "client 192.0.2.1:50000" in two lines.
  void draw_lane(Svg& svg, std::size_t i, int y, int foot) const {
    const std::string_view label = sequence_.lanes[i];
    const std::size_t space = label.find(' ');
    svg.line("life", x_[i], y, x_[i], foot);
    svg.text("ink strong middle", x_[i], space == label.npos ? y - 10 : y - 26, label.substr(0, space));
    if (space != label.npos) svg.text("soft middle", x_[i], y - 10, fitting(label.substr(space + 1), distance() - kLetter), label);
  }
  void draw_note(Svg& svg, const Step& step, int y) const {
    const std::string text = fitting(step.text, 460);
    const double half = width_of(text) / 2.0 + 8;
    const double middle = std::clamp(x(step.from), kDistancesRight + 10 + half, kWidth - kMargin - half);
    svg.rect("note", middle - half, y - 15, 2 * half, 22, 4, step.text);
    svg.text("ink middle", middle, y, text);
  }
  void draw_message(Svg& svg, const Step& step, int y) const {
    const double from = x(step.from), to = x(step.to);
    const double gap = to > from ? -1 : 1;
    svg.text("ink middle", (from + to) / 2, y - 2, fitting(step.text, static_cast<int>(std::abs(to - from)) - 2 * kLetter), step.text);
    svg.arrow(from, to + gap, y + 5);
  }
  const Sequence& sequence_;
  const int top_;
  int count_ = 0;
  std::array<double, kLanes> x_{};
};

std::string headline(const timeline::ConnectionRecord& record, std::string_view name) {
  return fmt::format("{} {} {} {}", timeline::name(record.side), record.peer, record.side == timeline::Side::client ? "at listener" : "of upstream", name);
}

std::string facts(const Recent& recent) {
  const timeline::ConnectionRecord& record = recent.record();
  const Code result = handshake_result(record.result);
  std::string text = result == Code::ok ? "The handshake went well" : fmt::format("The handshake failed at {}: {}", timeline::name(record.stage), row(result).help);
  if (record.tls.version != timeline::TlsVersion::none) text += fmt::format(" · TLS {}", timeline::kTlsVersionNames[static_cast<std::size_t>(record.tls.version)]);
  if (!record.sni.empty()) text += fmt::format(" · {}", record.sni);
  return text + fmt::format(" · {} exchange{}", recent.summary.exchanges, recent.summary.exchanges == 1 ? "" : "s");
}

}  // namespace

std::string handshake_svg(const Story& story, std::string_view name) {
  const timeline::ConnectionRecord& record = story.subject->record();
  const Sequence sequence = sequence_of(story);
  const Bars bars(bars_of(story));
  const Messages messages(sequence, bars.bottom() + 30);
  const std::string title = headline(record, name);
  Svg svg(kWidth, messages.bottom(), title);
  svg.text("ink title", kMargin, 32, fitting(title, kWidth - 2 * kMargin), title);
  svg.text("soft", kMargin, 56, fitting(facts(*story.subject), kWidth - 2 * kMargin));
  bars.draw(svg);
  messages.draw(svg);
  return std::move(svg).finish();
}

}  // namespace gladhand::observe
