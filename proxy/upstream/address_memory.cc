#include "upstream/address_memory.h"

#include <algorithm>

namespace gladhand::upstream {
namespace {

void append_interleaved(io::Addresses& to, const io::Addresses& from, int first_family) {
  io::Addresses first, second;
  for (const io::Address& address : from) (address.family() == first_family ? first : second).push_back(address);
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) to.push_back(first[i]);
    if (i < second.size()) to.push_back(second[i]);
  }
}

}  // namespace

void AddressMemory::learn(const io::Address& address, bool was_good, Nanos now) {
  std::erase_if(doubts_, [&](const Doubt& doubt) { return doubt.address == address || doubt.until <= now; });
  if (was_good) return;
  if (doubts_.size() == kMostDoubts) doubts_.erase(doubts_.begin());
  doubts_.push_back({address, now + kDoubt});
}

bool AddressMemory::is_doubted(const io::Address& address, Nanos now) const {
  const auto found = std::ranges::find(doubts_, address, &Doubt::address);
  return found != doubts_.end() && now < found->until;
}

// What disappoints at one address of a family, often a network without a way out, does so at all of them.
int AddressMemory::first_family(const io::Addresses& known, Nanos now) const {
  const int usual = known.front().family();
  const auto other = std::ranges::find_if(known, [&](const io::Address& address) { return address.family() != usual; });
  if (other == known.end()) return usual;
  const auto is_in_doubt = [&](int family) {
    return std::ranges::any_of(known, [&](const io::Address& address) { return address.family() == family && is_doubted(address, now); });
  };
  return is_in_doubt(usual) && !is_in_doubt(other->family()) ? other->family() : usual;
}

io::Addresses AddressMemory::sorted(const io::Addresses& known, Nanos now) const {
  if (known.size() < 2) return known;
  io::Addresses trusted, doubted, order;
  for (const io::Address& address : known) {
    io::Addresses& kind = is_doubted(address, now) ? doubted : trusted;
    if (std::ranges::find(kind, address) == kind.end()) kind.push_back(address);
  }
  const int first = first_family(known, now);
  append_interleaved(order, trusted, first);
  append_interleaved(order, doubted, first);
  return order;
}

}  // namespace gladhand::upstream
