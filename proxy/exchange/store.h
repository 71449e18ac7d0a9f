// Exchanges that are over, kept for the next requests: their memory is warm and their containers have grown.
#pragma once

#include <memory>
#include <vector>

#include "exchange/exchange.h"

namespace gladhand::exchange {

class Store {
 public:
  explicit Store(const Services& services) : services_(services) {}

  // The caller owns it until it gives it back, to the store that it is from.
  Exchange& take() {
    ++out_;
    if (free_.empty()) return *new Exchange(services_, *this);
    Exchange* exchange = free_.back().release();
    free_.pop_back();
    if (!free_.empty()) __builtin_prefetch(free_.back().get(), 1);  // for the next request
    return *exchange;
  }
  static void give_back(Exchange& exchange) { exchange.home().keep(exchange); }

  // None of its exchanges is with anybody.
  bool is_whole() const { return out_ == 0; }

 private:
  void keep(Exchange& exchange) {
    --out_;
    exchange.unlink();
    exchange.forget_texts();
    std::unique_ptr<Exchange> owned(&exchange);
    if (free_.size() < kKept) free_.push_back(std::move(owned));
  }

  static constexpr std::size_t kKept = 1024;

  const Services& services_;
  std::size_t out_ = 0;
  std::vector<std::unique_ptr<Exchange>> free_;
};

}  // namespace gladhand::exchange
