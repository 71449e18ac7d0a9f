// A link between two TUN devices that delays every packet, and loses those that it is told to lose.
//
//   delaying_link NEAR_FD FAR_FD      the devices, open and not blocking, without packet information
//
// Commands come on standard input, one a line, and each is answered by one line on standard output:
//   delay MICROSECONDS                        one way, of the packets that come from now on
//   drop near|far syn|ack|data|fin|reset N    the Nth such packet that comes from there from now on; "ack" carries nothing else
//   dropped                                   answers how many were lost since the last such question, and forgets the orders
// It ends with its input. Packets of one direction stay in order. IPv4 (RFC 791) and TCP (RFC 9293) only: the rest is
// what kernels say to devices unasked, and is lost.

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

constexpr std::size_t kLargestPacket = 65536;

enum class Kind { syn, ack, data, fin, reset };
constexpr std::array<std::string_view, 5> kKindNames{"syn", "ack", "data", "fin", "reset"};

std::optional<Kind> kind_named(std::string_view name) {
  const auto found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<Kind>(found - kKindNames.begin());
}

// Nothing: no TCP over IPv4.
std::optional<Kind> kind_of(std::string_view packet) {
  const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(packet[at])); };
  constexpr std::size_t kIpHeader = 20, kTcpHeader = 20;
  constexpr std::size_t kTcp = 6, kFin = 1, kSyn = 2, kReset = 4;
  if (packet.size() < kIpHeader + kTcpHeader || byte(0) >> 4 != 4 || byte(9) != kTcp) return std::nullopt;
  const std::size_t tcp = (byte(0) & 15) * 4;
  if (packet.size() < tcp + kTcpHeader) return std::nullopt;
  const std::size_t flags = byte(tcp + 13);
  if (flags & kReset) return Kind::reset;
  if (flags & kSyn) return Kind::syn;
  if (flags & kFin) return Kind::fin;
  const std::size_t payload = tcp + (byte(tcp + 12) >> 4) * 4;
  return packet.size() > payload ? Kind::data : Kind::ack;
}

// One direction: from one device to the other.
class Lane {
 public:
  Lane(int from, int to) : from_(from), to_(to) {}

  void lose(Kind kind, unsigned nth) { orders_.push_back({kind, nth}); }
  unsigned forget() {
    orders_.clear();
    return std::exchange(lost_, 0);
  }

  void take_in(nanoseconds delay) {
    static std::array<char, kLargestPacket> space;
    while (true) {
      const ssize_t n = read(from_, space.data(), space.size());
      if (n <= 0) return;
      const auto came = Clock::now();
      const std::string_view packet(space.data(), static_cast<std::size_t>(n));
      const auto kind = kind_of(packet);
      if (!kind || is_lost(*kind)) continue;
      // A shorter delay must not let it overtake those before it.
      const auto due = waiting_.empty() ? came + delay : std::max(came + delay, waiting_.back().due);
      waiting_.push_back({due, std::string(packet)});
    }
  }

  void let_out() {
    while (!waiting_.empty() && waiting_.front().due <= Clock::now()) {
      const std::string& packet = waiting_.front().bytes;
      [[maybe_unused]] const ssize_t n = write(to_, packet.data(), packet.size());  // a device that is gone takes nothing
      waiting_.pop_front();
    }
  }

  std::optional<Clock::time_point> next_due() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.front().due;
  }

 private:
  struct Order {
    Kind kind;
    unsigned left;  // 0: it was carried out
  };
  struct Packet {
    Clock::time_point due;
    std::string bytes;
  };

  // Every order counts for itself.
  bool is_lost(Kind kind) {
    bool is_meant = false;
    for (Order& order : orders_) {
      if (order.kind == kind && order.left > 0 && --order.left == 0) is_meant = true;
    }
    if (is_meant) ++lost_;
    return is_meant;
  }

  int from_;
  int to_;
  std::deque<Packet> waiting_;
  std::vector<Order> orders_;
  unsigned lost_ = 0;
};

class Link {
 public:
  Link(int near, int far) : near_fd_(near), far_fd_(far), from_near_(near, far), from_far_(far, near) {}

  void run() {
    while (true) {
      std::array<pollfd, 3> ask{pollfd{near_fd_, POLLIN, 0}, pollfd{far_fd_, POLLIN, 0}, pollfd{STDIN_FILENO, POLLIN, 0}};
      const auto wait = until_next();
      if (ppoll(ask.data(), ask.size(), wait ? &*wait : nullptr, nullptr) < 0 && errno != EINTR) return;
      if (ask[0].revents) from_near_.take_in(delay_);
      if (ask[1].revents) from_far_.take_in(delay_);
      from_near_.let_out();
      from_far_.let_out();
      if (ask[2].revents && !listen()) return;
    }
  }

 private:
  std::optional<timespec> until_next() const {
    std::optional<Clock::time_point> due = from_near_.next_due();
    if (const auto other = from_far_.next_due(); other && (!due || *other < *due)) due = other;
    if (!due) return std::nullopt;
    const auto left = std::max(nanoseconds(*due - Clock::now()), nanoseconds::zero());
    return timespec{.tv_sec = left.count() / 1'000'000'000, .tv_nsec = left.count() % 1'000'000'000};
  }

  // Commands come one at a time: whoever gives one waits for its answer. False: there will be no more.
  bool listen() {
    std::array<char, 256> space;
    const ssize_t n = read(STDIN_FILENO, space.data(), space.size());
    if (n <= 0) return false;
    std::istringstream line(std::string(space.data(), static_cast<std::size_t>(n)));
    std::cout << obey(line) << std::endl;
    return true;
  }

  std::string obey(std::istringstream& line) {
    std::string command;
    line >> command;
    if (command == "delay") {
      long long micros = 0;
      if (!(line >> micros) || micros < 0) return "what delay?";
      delay_ = microseconds(micros);
      return "ok";
    }
    if (command == "drop") {
      std::string from, name;
      unsigned nth = 0;
      line >> from >> name >> nth;
      const auto kind = kind_named(name);
      if ((from != "near" && from != "far") || !kind || nth == 0) return "drop what?";
      (from == "near" ? from_near_ : from_far_).lose(*kind, nth);
      return "ok";
    }
    if (command == "dropped") return std::to_string(from_near_.forget() + from_far_.forget());
    return "what?";
  }

  int near_fd_;
  int far_fd_;
  Lane from_near_;
  Lane from_far_;
  nanoseconds delay_{};
};

std::optional<int> descriptor(std::string_view text) {
  int fd = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
  if (error != std::errc{} || end != text.data() + text.size() || fd < 0) return std::nullopt;
  return fd;
}

}  // namespace

int main(int count, char** words) {
  const auto near = count == 3 ? descriptor(words[1]) : std::nullopt;
  const auto far = count == 3 ? descriptor(words[2]) : std::nullopt;
  if (!near || !far) {
    std::fputs("Usage: delaying_link NEAR_FD FAR_FD\n", stderr);
    return 2;
  }
  prctl(PR_SET_TIMERSLACK, 1);  // nanosecond, instead of 50,000
  Link(*near, *far).run();
}
