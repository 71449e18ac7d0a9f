// Looks on at the beginning of a tunnel, and tells what was seen of it.
#pragma once

#include <memory>
#include <string_view>

#include "base/buffer.h"
#include "timeline/records.h"
#include "tls/tunnel_watch.h"

namespace gladhand::tls {

class Onlooker {
 public:
  // `target`: the host that the client asked to be connected to, without a port.
  void begin(std::string_view target) { watch_ = std::make_unique<TunnelWatch>(target); }
  void end() { watch_.reset(); }
  // Whether what passes should be shown to it.
  bool is_watching() const { return watch_ && !watch_->is_done(); }

  void from_client(const Buffer& bytes, Nanos at) {
    for (const Slice& slice : bytes.slices()) watch_->from_client(slice.view(), at);
  }
  void from_upstream(const Buffer& bytes, Nanos at) {
    for (const Slice& slice : bytes.slices()) watch_->from_upstream(slice.view(), at);
  }
  // Unset: it was not asked to look.
  std::optional<timeline::TunnelFacts> facts() const;

 private:
  std::unique_ptr<TunnelWatch> watch_;
};

}  // namespace gladhand::tls
