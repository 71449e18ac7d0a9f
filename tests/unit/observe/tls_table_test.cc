#include "observe/tls_table.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace gladhand::observe {
namespace {

timeline::TlsFacts facts() {
  return {.version = timeline::TlsVersion::tls1_3, .cipher = "TLS_AES_128_GCM_SHA256", .group = "X25519", .alpn = "h2"};
}

TEST(TlsTable, equal_handshakes_share_a_row) {
  TlsTable table;
  table.count(facts());
  table.count(facts());
  ASSERT_EQ(table.size(), 1u);
  EXPECT_EQ(table.row(0).count.value(), 2u);
  EXPECT_EQ(table.row(0).cipher.view(), "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(table.row(0).group.view(), "X25519");
  EXPECT_EQ(table.row(0).alpn.view(), "h2");
}

TEST(TlsTable, each_parameter_tells_handshakes_apart) {
  TlsTable table;
  table.count(facts());
  for (const auto& change :
       {+[](timeline::TlsFacts& f) { f.version = timeline::TlsVersion::tls1_2; },
        +[](timeline::TlsFacts& f) { f.resumed = true; }, +[](timeline::TlsFacts& f) { f.cipher = "X"; },
        +[](timeline::TlsFacts& f) { f.group = "P-256"; }, +[](timeline::TlsFacts& f) { f.alpn = ""; }}) {
    auto other = facts();
    change(other);
    table.count(other);
  }
  EXPECT_EQ(table.size(), 6u);
}

TEST(TlsTable, the_time_spent_does_not_tell_handshakes_apart) {
  TlsTable table;
  auto other = facts();
  other.compute = Nanos(5);
  table.count(facts());
  table.count(other);
  EXPECT_EQ(table.size(), 1u);
}

TEST(TlsTable, what_was_not_agreed_on_is_called_none) {
  TlsTable table;
  for (int i = 0; i < 2; ++i) table.count({.version = timeline::TlsVersion::tls1_2, .cipher = "AES128-SHA"});
  ASSERT_EQ(table.size(), 1u);
  EXPECT_EQ(table.row(0).group.view(), "none");
  EXPECT_EQ(table.row(0).alpn.view(), "none");
}

TEST(TlsTable, a_row_outlives_the_text_it_was_made_from) {
  TlsTable table;
  auto text = std::make_unique<std::string>("a name that is too long for a small string");
  auto f = facts();
  f.cipher = *text;
  table.count(f);
  text.reset();
  EXPECT_EQ(table.row(0).cipher.view(), "a name that is too long for a small string");
}

TEST(TlsTable, a_name_past_all_measure_is_cut_and_still_recognised) {
  TlsTable table;
  const std::string name(500, 'x');
  auto f = facts();
  f.alpn = name;
  table.count(f);
  table.count(f);
  ASSERT_EQ(table.size(), 1u);
  EXPECT_EQ(table.row(0).alpn.view(), std::string(TlsTable::kNameBytes, 'x'));
}

TEST(TlsTable, when_its_rows_are_used_up_the_rest_is_counted_together) {
  TlsTable table;
  for (std::size_t i = 0; i < TlsTable::kRows + 5; ++i) {
    const std::string name = "cipher" + std::to_string(i);
    auto f = facts();
    f.cipher = name;
    table.count(f);
  }
  EXPECT_EQ(table.size(), TlsTable::kRows);
  EXPECT_EQ(table.other().count.value(), 5u);
}

}  // namespace
}  // namespace gladhand::observe
