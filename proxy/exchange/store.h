// Exchanges that are over, kept for the next requests: their memory is warm and their containers have grown.
#pragma once

#include <memory>
#include <vector>

#include "exchange/exchange.h"

namespace gladhand::exchange {

class Store {
 public:
  explicit Store(const Services& services) : services_(services) {}

  std::unique_ptr<Exchange> take() {
    if (free_.empty()) return std::make_unique<Exchange>(services_);
    std::unique_ptr<Exchange> exchange = std::move(free_.back());
    free_.pop_back();
    return exchange;
  }
  void give_back(std::unique_ptr<Exchange> exchange) {
    if (free_.size() < kKept) free_.push_back(std::move(exchange));
  }

 private:
  static constexpr std::size_t kKept = 1024;

  const Services& services_;
  std::vector<std::unique_ptr<Exchange>> free_;
};

}  // namespace gladhand::exchange
