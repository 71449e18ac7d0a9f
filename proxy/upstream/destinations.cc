#include "upstream/destinations.h"

#include <array>
#include <charconv>

namespace gladhand::upstream {
namespace {

constexpr std::size_t kLongestName = 253;  // as text (RFC 1035 section 2.3.4)

// "c" or "h", the name in lower case, the port.
class Key {
 public:
  Key(std::string_view host, std::uint16_t port, Destinations::Manner manner) {
    char* to = text_.data();
    *to++ = manner == Destinations::Manner::tunnel ? 'c' : 'h';
    for (char c : host) *to++ = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    *to++ = ':';
    to = std::to_chars(to, text_.data() + text_.size(), port).ptr;
    size_ = static_cast<std::size_t>(to - text_.data());
  }
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, kLongestName + 8> text_;
  std::size_t size_;
};

}  // namespace

Destinations::Destinations(const EndpointServices& services, const config::Forward& forward, const config::Upstream& upstream, std::uint16_t id)
    : services_(services), policy_(forward), upstream_(upstream), id_(id), sweep_(services.loop.deadlines(), *this) {}

Expected<Cluster*> Destinations::find(std::string_view host, std::uint16_t port, Manner manner) {
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (host.size() > kLongestName || !policy_.may_ask(host, port)) return failure(Code::target_denied, "the target is not one that may be asked for");
  const Key key(host, port, manner);
  auto found = known_.find(key.view());
  if (found == known_.end()) {
    if (known_.size() >= kMost) sweep({});
    if (known_.size() >= kMost) return failure(Code::pool_overflow, "too many targets are in use");
    const config::Endpoint target{.host = std::string(host), .port = port};
    const auto protocol = manner == Manner::tunnel ? codec::Protocol::raw : codec::Protocol::sequential;
    found = known_.emplace(key.view(), Destination{std::make_unique<Cluster>(services_, upstream_, id_, target, protocol, policy_)}).first;
    if (!sweep_.is_armed()) sweep_.arm(kSweep);
  }
  found->second.asked_at = services_.loop.now();
  return found->second.cluster.get();
}

void Destinations::on_deadline(io::Deadline&) {
  sweep(kKept);
  if (!known_.empty()) sweep_.arm(kSweep);
}

// Those that nobody has used for so long.
void Destinations::sweep(Nanos kept) {
  const Nanos now = services_.loop.now();
  std::erase_if(known_, [&](const auto& entry) { return now - entry.second.asked_at > kept && entry.second.cluster->is_idle(); });
}

}  // namespace gladhand::upstream
