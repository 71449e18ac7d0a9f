// Tells the service manager how the process is doing: sd_notify(3), spoken plainly.
//
// Each message is one datagram to the Unix socket that $NOTIFY_SOCKET names; "@NAME" is one without a file. Nobody may be
// listening, and a message that cannot be delivered is dropped: a service does not fail because its manager is busy.
// Without a socket every function does nothing. Used by the main thread alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gladhand::server {

class Notifier {
 public:
  // What $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID say. They stay in the environment: a program that this one
  // becomes or starts in its place needs them, too.
  static Notifier from_environment();
  // `socket`: a path or "@NAME"; empty: nobody wants to know. `watchdog`: alive() is missed after that long; zero: never.
  explicit Notifier(std::string_view socket, Nanos watchdog = Nanos::zero());
  ~Notifier();
  Notifier(Notifier&& other) noexcept;
  Notifier& operator=(Notifier&&) = delete;

  // After the start, and after each reload whether it went well or not.
  void ready();
  // A reload begins; ready() ends it.
  void reloading();
  // The end begins, and may take `at_most`, whatever the manager's own patience; unset: no limit is known.
  void stopping(std::optional<Nanos> at_most);
  // One line for people: what `systemctl status` shows.
  void status(std::string_view line);
  void alive();
  // Another process is the service from now on, and speaks for itself: nothing more is said.
  void handed_over(int pid);

  // How often alive() should be said, so that one may be left out: a third of the watchdog's time; zero: never.
  Nanos pulse() const { return pulse_; }

 private:
  void send(std::string_view message);

  int fd_ = -1;
  Nanos pulse_;
};

}  // namespace gladhand::server
