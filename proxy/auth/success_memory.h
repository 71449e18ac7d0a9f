// Which credentials were right not long ago, so that a slow hash is not paid for with every request.
#pragma once

#include <cstring>
#include <deque>
#include <unordered_map>

#include "base/clock.h"
#include "tls/digest.h"

namespace gladhand::auth {

class SuccessMemory {
 public:
  using Digest = tls::KeyedDigest::Value;

  static constexpr std::size_t kMost = 1024;             // the oldest gives way
  static constexpr Nanos kLife = std::chrono::seconds(60);  // from the verification, not from the last use

  void add(const Digest& digest, Nanos now) {
    while (!order_.empty() && (order_.size() >= kMost || !holds(order_.front(), now))) {
      ends_.erase(order_.front());
      order_.pop_front();
    }
    if (ends_.emplace(digest, now + kLife).second) order_.push_back(digest);
  }
  bool holds(const Digest& digest, Nanos now) const {
    const auto found = ends_.find(digest);
    return found != ends_.end() && now < found->second;
  }
  std::size_t size() const { return order_.size(); }

 private:
  struct Hash {
    // A part of a keyed digest is as good as any hash, and nobody outside can steer it.
    std::size_t operator()(const Digest& digest) const {
      std::size_t part;
      std::memcpy(&part, digest.data(), sizeof part);
      return part;
    }
  };
  std::unordered_map<Digest, Nanos, Hash> ends_;
  std::deque<Digest> order_;  // oldest first, and all live equally long: what has ended is in front
};

}  // namespace gladhand::auth
