// Remembers the ClientHellos whose early data was taken, so that none is taken twice (RFC 8446 section 8.2).
//
// One for all workers, behind a lock that only connections with early data take. Tickets say how old they are, and OpenSSL
// refuses early data where the client's idea of that and the server's are more than ten seconds apart (section 8.3): what a
// replay could gain from is no older. The register keeps time by the same clock as that check, so that a clock that is set
// back lets no hello in again. Full, it admits nobody, and handshakes go on without early data. It forgets everything with the process, and so do the ticket keys: no ticket outlives it.
#pragma once

#include <array>
#include <cstddef>
#include <ctime>
#include <mutex>
#include <set>

namespace gladhand::tls {

class StrikeRegister {
 public:
  // Of the client; part of what proves that it has the ticket, so nobody on the way can change it.
  using Random = std::array<unsigned char, 32>;

  // Twice as long as a hello can be replayed.
  static constexpr std::time_t kWindowSeconds = 20;
  // Longer than a ticket lives (7,200 s): what was seen so far ahead of a clock that was set back is of no use to anybody.
  static constexpr std::time_t kSetBackSeconds = 24 * 3600;
  // In one window. What is remembered is that of two, at most: some 10 MiB.
  static constexpr std::size_t kMostHellos = 65'536;

  explicit StrikeRegister(std::size_t most = kMostHellos) : most_(most) {}

  // Whether the early data of this hello may be taken: it has not been seen in the last window, and there is room to
  // remember it. From any thread. `now` is wall clock time.
  bool admit(const Random& hello, std::time_t now);

 private:
  void forget(std::time_t now);

  const std::size_t most_;
  std::mutex mutex_;
  std::time_t begun_ = 0;  // the current window
  std::set<Random> current_, previous_;  // ordered: whoever chooses the randoms cannot make a search long
};

}  // namespace gladhand::tls
