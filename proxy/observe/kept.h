// Records of which somebody keeps a copy, their texts included.
//
// A record's strings are views into memory of its owner. A kept record's are views into the short texts beside it, once
// restore_texts() has set them: what was kept whole is a record like any other. What is cut ends in "…". A text that has
// no row in these tables is not kept.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "observe/short_texts.h"
#include "timeline/phases.h"

namespace gladhand::observe {

template <class Record>
struct KeptText {
  std::size_t most_bytes;
  std::string_view& (*of)(Record&);
  char until = 0;  // neither it nor what follows is kept
};

// clang-format off
inline constexpr std::array kConnectionTexts{
    KeptText<timeline::ConnectionRecord>{56, [](timeline::ConnectionRecord& r) -> std::string_view& { return r.peer; }},
    KeptText<timeline::ConnectionRecord>{56, [](timeline::ConnectionRecord& r) -> std::string_view& { return r.tcp_peer; }},
    KeptText<timeline::ConnectionRecord>{96, [](timeline::ConnectionRecord& r) -> std::string_view& { return r.sni; }},
    KeptText<timeline::ConnectionRecord>{32, [](timeline::ConnectionRecord& r) -> std::string_view& { return r.tag; }},
    KeptText<timeline::ConnectionRecord>{48, [](timeline::ConnectionRecord& r) -> std::string_view& { return r.tls.cipher; }},
    KeptText<timeline::ConnectionRecord>{32, [](timeline::ConnectionRecord& r) -> std::string_view& { return r.tls.group; }},
    KeptText<timeline::ConnectionRecord>{16, [](timeline::ConnectionRecord& r) -> std::string_view& { return r.tls.alpn; }},
    KeptText<timeline::ConnectionRecord>{32, [](timeline::ConnectionRecord& r) -> std::string_view& { return r.tls.signature; }},
};
inline constexpr std::array kExchangeTexts{
    KeptText<timeline::ExchangeRecord>{16, [](timeline::ExchangeRecord& r) -> std::string_view& { return r.method; }},
    KeptText<timeline::ExchangeRecord>{96, [](timeline::ExchangeRecord& r) -> std::string_view& { return r.authority; }},
    KeptText<timeline::ExchangeRecord>{128, [](timeline::ExchangeRecord& r) -> std::string_view& { return r.target; }, '?'},  // a query may hold what is nobody else's business
    KeptText<timeline::ExchangeRecord>{16, [](timeline::ExchangeRecord& r) -> std::string_view& { return r.version; }},
    KeptText<timeline::ExchangeRecord>{56, [](timeline::ExchangeRecord& r) -> std::string_view& { return r.endpoint; }},
};
// clang-format on

template <class Record, std::size_t count>
constexpr std::size_t room_for(const std::array<KeptText<Record>, count>& texts) {
  std::size_t sum = 0;
  for (const auto& text : texts) sum += text.most_bytes;
  return sum;
}

inline std::size_t bytes_between(const void* from, const void* to) {
  return static_cast<std::size_t>(static_cast<const char*>(to) - static_cast<const char*>(from));
}

// What there is to move of a record besides its texts, as `move(begin, bytes)`, in this order: what one part holds says which
// others follow, so a copy is read as it was written.
template <class Move>
void each_part(const timeline::ConnectionRecord& r, Move move) {
  move(&r, bytes_between(&r, &r.tls));
  if (!r.is_tls) return;
  move(&r.tls, bytes_between(&r.tls, r.messages.kept().data()));
  move(r.messages.kept().data(), r.messages.kept().size_bytes());
}
template <class Move>
void each_part(const timeline::ExchangeRecord& r, Move move) {
  move(&r, bytes_between(&r, &r.tunnel));
  if (r.purpose == timeline::Purpose::connect) move(&r.tunnel, sizeof r.tunnel);
}

// `TheLinks` is a plain struct: what the record does not hold by value.
template <class Record, const auto& kTexts, class TheLinks>
struct KeptRecord : TheLinks {
  using Links = TheLinks;
  using Texts = ShortTexts<kTexts.size(), room_for(kTexts)>;

  static void copy_texts(const Record& record, Texts& to) {
    [&]<std::size_t... i>(std::index_sequence<i...>) {
      (to.put(i, shown<i>(record), kTexts[i].most_bytes), ...);
    }(std::make_index_sequence<kTexts.size()>());
  }
  // To be called again when the kept record has moved.
  void restore_texts() {
    for (std::size_t i = 0; i < kTexts.size(); ++i) kTexts[i].of(record) = texts.at(i);
  }

  Record record;
  Texts texts;

 private:
  template <std::size_t i>
  static std::string_view shown(const Record& record) {
    const std::string_view text = kTexts[i].of(const_cast<Record&>(record));
    return kTexts[i].until ? text.substr(0, text.find(kTexts[i].until)) : text;
  }
};

struct NoLinks {};
// Ids of the connections that an exchange went over; 0: there was none. The record's own pointers to them are null, so
// that what only they knew is here.
struct ConnectionLinks {
  std::uint64_t client = 0;
  std::uint64_t upstream = 0;
  std::optional<Nanos> tunnel_tcp;  // timeline::Fact::tunnel_tcp
};
using KeptConnection = KeptRecord<timeline::ConnectionRecord, kConnectionTexts, NoLinks>;
using KeptExchange = KeptRecord<timeline::ExchangeRecord, kExchangeTexts, ConnectionLinks>;

static_assert(std::is_trivially_copyable_v<KeptConnection> && std::is_trivially_copyable_v<KeptExchange>);

constexpr bool is_fact(const timeline::Phase& phase, timeline::Fact fact) {
  return phase.source == timeline::Phase::Source::fact && static_cast<timeline::Fact>(phase.from) == fact;
}
// As timeline::duration() of the exchange's record when it was kept.
inline std::optional<Nanos> duration(const timeline::Phase& phase, const KeptExchange& kept) {
  return is_fact(phase, timeline::Fact::tunnel_tcp) ? kept.tunnel_tcp : timeline::duration(phase, kept.record);
}

}  // namespace gladhand::observe
