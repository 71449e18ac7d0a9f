// How often each combination of TLS parameters was agreed on, on the connections of one owner.
//
// The parameters come as text from OpenSSL, from a set that is small but not known here. A combination is given a row
// when it is first seen; its text is copied, so that a row outlives whatever library context the text came from. When
// the rows are used up, what follows is counted in one row called "other". One thread counts, any thread reads.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <string_view>

#include "observe/cell.h"
#include "timeline/records.h"

namespace gladhand::observe {

class TlsTable {
 public:
  static constexpr std::size_t kRows = 32;
  static constexpr std::size_t kNameBytes = 47;  // the longest name of OpenSSL 3 has 45; a longer one is cut

  class Name {
   public:
    // What was not negotiated (no ALPN; no group under RSA key exchange) is called "none".
    void assign(std::string_view text) {
      text = normal(text);
      size_ = static_cast<unsigned char>(text.size());
      std::memcpy(text_.data(), text.data(), text.size());
    }
    bool is(std::string_view text) const { return view() == normal(text); }
    std::string_view view() const { return {text_.data(), size_}; }

   private:
    static std::string_view normal(std::string_view text) { return text.empty() ? "none" : text.substr(0, kNameBytes); }

    unsigned char size_ = 0;
    std::array<char, kNameBytes> text_{};
  };

  struct Row {
    timeline::TlsVersion version = timeline::TlsVersion::none;
    bool resumed = false;
    Name cipher, group, alpn;
    Count count;

    bool is(const timeline::TlsFacts& facts) const {
      return version == facts.version && resumed == facts.resumed && cipher.is(facts.cipher) && group.is(facts.group) &&
             alpn.is(facts.alpn);
    }
  };

  void count(const timeline::TlsFacts& facts) { row_of(facts).count.add(); }

  // Rows below size() do not change any more, but for their counts.
  std::size_t size() const { return used_.load(std::memory_order_acquire); }
  const Row& row(std::size_t i) const { return rows_[i]; }
  // Its texts are empty: it stands for many.
  const Row& other() const { return other_; }

 private:
  Row& row_of(const timeline::TlsFacts& facts) {
    const std::size_t used = used_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < used; ++i) {
      if (rows_[i].is(facts)) return rows_[i];
    }
    if (used == kRows) return other_;
    Row& row = rows_[used];
    row.version = facts.version;
    row.resumed = facts.resumed;
    row.cipher.assign(facts.cipher);
    row.group.assign(facts.group);
    row.alpn.assign(facts.alpn);
    used_.store(used + 1, std::memory_order_release);
    return row;
  }

  std::array<Row, kRows> rows_;
  Row other_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace gladhand::observe
