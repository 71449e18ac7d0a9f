#include "cli/probe_run.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>

#include "io/signals.h"
#include "timeline/silence.h"

namespace gladhand::cli {
namespace {

// Whoever waits for less needs no progress.
constexpr Nanos kShort = std::chrono::seconds(1);
constexpr Nanos kRedraw = std::chrono::milliseconds(250);
constexpr std::size_t kBar = 30;

class Run final : private AttemptEvents, private io::DeadlineEvents, private io::TurnTask {
 public:
  Run(io::Loop& loop, const ProbePlan& plan, const RunSettings& settings) : TurnTask(loop), plan_(plan), settings_(settings), loop_(loop) {
    if (settings.has_progress) redraw_.arm(kShort);
    begin();
  }

  RunResult result() {
    loop_.run();
    if (is_drawn_) std::fprintf(stderr, "\r%*s\r", static_cast<int>(kBar + 40), "");
    return std::move(result_);
  }

 private:
  void begin() {
    if (!settings_.resumes) forget_sessions();
    attempt_ = std::make_unique<Attempt>(loop_, static_cast<AttemptEvents&>(*this), recorder_, plan_);
  }

  void forget_sessions() {
    if (plan_.target.connection.tls) plan_.target.connection.tls->sessions = {};
    if (plan_.proxy && plan_.proxy->connection.tls) plan_.proxy->connection.tls->sessions = {};
  }

  void on_done(Attempt& attempt) override {
    result_.samples.push_back(attempt.take());
    loop_.retire(std::move(attempt_));
    if (result_.samples.size() == settings_.count) return loop_.stop();
    // Not at once, for the attempt before is not gone yet: it goes at the end of this turn.
    settings_.interval > Nanos::zero() ? next_.arm(settings_.interval) : request_next_turn_end();
  }
  void on_turn_end() override { begin(); }

  void on_deadline(io::Deadline& deadline) override {
    if (&deadline == &next_) return begin();
    draw();
    redraw_.arm(kRedraw);
  }

  void draw() {
    is_drawn_ = true;
    const std::size_t done = result_.samples.size();
    const std::string bar = fmt::format("{:=<{}}", "", kBar * done / settings_.count);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(loop_.clock().now() - begun_).count();
    std::fputs(fmt::format("\r[{:<{}}] {} of {}, {} s", bar, kBar, done, settings_.count, seconds).c_str(), stderr);
    std::fflush(stderr);
  }

  void interrupt() {
    result_.was_interrupted = true;
    loop_.stop();
  }

  const ProbePlan& plan_;
  const RunSettings& settings_;
  io::Loop& loop_;
  const Nanos begun_ = loop_.clock().now();
  timeline::Silence recorder_;  // the samples have it all
  io::Signal interrupted_{loop_, SIGINT, [this] { interrupt(); }};
  io::Deadline next_{loop_.deadlines(), *this};
  io::Deadline redraw_{loop_.deadlines(), *this};
  std::unique_ptr<Attempt> attempt_;
  RunResult result_;
  bool is_drawn_ = false;
};

}  // namespace

RunResult run_attempts(const ProbePlan& plan, const RunSettings& settings) {
  std::signal(SIGPIPE, SIG_IGN);
  const Clock clock;
  io::Loop loop(clock);
  return Run(loop, plan, settings).result();
}

}  // namespace gladhand::cli
