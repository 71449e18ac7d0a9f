#include "tls/tickets.h"

#include <openssl/rand.h>

namespace gladhand::tls {

TicketKey TicketKey::random() {
  TicketKey key;
  RAND_bytes(key.name.data(), static_cast<int>(key.name.size()));
  RAND_priv_bytes(key.cipher_key.data(), static_cast<int>(key.cipher_key.size()));
  RAND_priv_bytes(key.mac_key.data(), static_cast<int>(key.mac_key.size()));
  return key;
}

TicketKey::~TicketKey() {
  OPENSSL_cleanse(cipher_key.data(), cipher_key.size());
  OPENSSL_cleanse(mac_key.data(), mac_key.size());
}

// The two that were never current open no ticket of anybody's: they only fill the ring.
TicketKeys::TicketKeys() : TicketKeys(Ring{TicketKey::random(), TicketKey::random(), TicketKey::random()}) {}

std::shared_ptr<const TicketKeys::Ring> TicketKeys::ring() const {
  const std::lock_guard lock(mutex_);
  return ring_;
}

void TicketKeys::use(Ring ring) {
  auto next = std::make_shared<const Ring>(std::move(ring));
  const std::lock_guard lock(mutex_);
  ring_.swap(next);
}

void TicketKeys::rotate() {
  const auto old = ring();
  Ring next{TicketKey::random()};
  for (const TicketKey& key : *old) {
    if (next.size() < kKept) next.push_back(key);
  }
  use(std::move(next));
}

}  // namespace gladhand::tls
