// The keys of session tickets (RFC 5077, RFC 8446 section 4.6.1), one ring for all workers.
//
// A ticket sealed by any worker opens on any other, so resumption always works. The newest key seals, all open;
// rotate() every few hours bounds what a stolen key is worth. Keys of our own live in memory only, and all are wiped. Whoever can
// open a ticket also knows which hellos have come with early data. Replicas that share keys have them from a file (ticket_file.h).
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include "tls/openssl.h"
#include "tls/strike_register.h"

namespace gladhand::tls {

struct TicketKey {
  std::array<unsigned char, 16> name;
  std::array<unsigned char, 32> cipher_key;
  std::array<unsigned char, 32> mac_key;

  static TicketKey random();
  ~TicketKey();
  bool operator==(const TicketKey&) const = default;
};

class TicketKeys {
 public:
  static constexpr std::size_t kKept = 3;
  using Ring = std::vector<TicketKey>;  // never empty; the first one seals

  TicketKeys();
  explicit TicketKeys(Ring ring) : ring_(std::make_shared<const Ring>(std::move(ring))) {}
  // From any thread.
  void rotate();
  void use(Ring ring);
  std::shared_ptr<const Ring> ring() const;
  StrikeRegister& strikes() const { return strikes_; }

 private:
  mutable std::mutex mutex_;  // guards ring_: the std::atomic<std::shared_ptr> of libstdc++ 12 unlocks a load without releasing it
  std::shared_ptr<const Ring> ring_;
  mutable StrikeRegister strikes_;
};

}  // namespace gladhand::tls
