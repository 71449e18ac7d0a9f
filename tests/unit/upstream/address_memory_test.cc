#include "upstream/address_memory.h"

#include <gmock/gmock.h>

namespace gladhand::upstream {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr Nanos kNow = 100s;

io::Address at(std::string_view host) { return *io::Address::numeric(host, 443); }

const io::Address kSix = at("2001:db8::1"), kSixToo = at("2001:db8::2"), kSixThree = at("2001:db8::3");
const io::Address kFour = at("192.0.2.1"), kFourToo = at("192.0.2.2");

TEST(AddressMemory, the_families_take_turns_beginning_with_the_resolvers_first) {
  const AddressMemory memory;
  EXPECT_THAT(memory.sorted({kSix, kSixToo, kSixThree, kFour, kFourToo}, kNow), ElementsAre(kSix, kFour, kSixToo, kFourToo, kSixThree));
  EXPECT_THAT(memory.sorted({kFour, kFourToo, kSix}, kNow), ElementsAre(kFour, kSix, kFourToo));
}

TEST(AddressMemory, an_address_that_the_resolver_names_twice_is_dialled_once) {
  EXPECT_THAT(AddressMemory().sorted({kFour, kFour, kSix}, kNow), ElementsAre(kFour, kSix));
}

TEST(AddressMemory, of_one_family_the_order_is_the_resolvers) {
  EXPECT_THAT(AddressMemory().sorted({kFourToo, kFour}, kNow), ElementsAre(kFourToo, kFour));
  EXPECT_THAT(AddressMemory().sorted({kFour}, kNow), ElementsAre(kFour));
  EXPECT_THAT(AddressMemory().sorted({}, kNow), ElementsAre());
}

TEST(AddressMemory, what_failed_comes_last_for_a_while) {
  AddressMemory memory;
  memory.learn(kFour, false, kNow);
  const Nanos end = kNow + AddressMemory::kDoubt;
  EXPECT_THAT(memory.sorted({kFour, kFourToo}, end - 1ns), ElementsAre(kFourToo, kFour));
  EXPECT_THAT(memory.sorted({kFour, kFourToo}, end), ElementsAre(kFour, kFourToo));
}

TEST(AddressMemory, what_works_again_is_forgiven_at_once) {
  AddressMemory memory;
  memory.learn(kFour, false, kNow);
  memory.learn(kFour, true, kNow);
  EXPECT_THAT(memory.sorted({kFour, kFourToo}, kNow), ElementsAre(kFour, kFourToo));
}

TEST(AddressMemory, a_family_of_which_an_address_failed_loses_the_first_turn) {
  AddressMemory memory;
  memory.learn(kSix, false, kNow);
  EXPECT_THAT(memory.sorted({kSix, kSixToo, kFour, kFourToo}, kNow), ElementsAre(kFour, kSixToo, kFourToo, kSix));
  memory.learn(kFourToo, false, kNow);  // now neither is better than the other
  EXPECT_THAT(memory.sorted({kSix, kSixToo, kFour, kFourToo}, kNow), ElementsAre(kSixToo, kFour, kSix, kFourToo));
}

TEST(AddressMemory, what_all_failed_is_dialled_as_if_none_had) {
  AddressMemory memory;
  for (const io::Address& address : {kSix, kFour}) memory.learn(address, false, kNow);
  EXPECT_THAT(memory.sorted({kSix, kFour}, kNow), ElementsAre(kSix, kFour));
}

TEST(AddressMemory, it_remembers_so_many_and_forgets_the_oldest) {
  AddressMemory memory;
  memory.learn(kFour, false, kNow);
  for (std::size_t i = 0; i < AddressMemory::kMostDoubts; ++i) memory.learn(*io::Address::numeric("192.0.2.9", static_cast<std::uint16_t>(i + 1)), false, kNow);
  EXPECT_THAT(memory.sorted({kFour, kFourToo}, kNow), ElementsAre(kFour, kFourToo));
}

}  // namespace
}  // namespace gladhand::upstream
