#include "tls/ja4.h"

#include "support/tls_bytes.h"
#include "unit/tls/server_rig.h"

namespace gladhand::tls {
namespace {

using test::extension;
using test::HelloParts;
using test::number;
using test::server_name;
using test::vector_of;

std::string of(const HelloParts& parts) {
  const auto print = ja4(parts.message());
  return print ? std::string(print->view()) : "none";
}
std::string list(std::initializer_list<std::size_t> values) {
  std::string bytes;
  for (const std::size_t value : values) bytes += number(2, value);
  return bytes;
}
std::string protocols(std::string_view first) { return extension(16, vector_of(2, vector_of(1, first) + vector_of(1, "http/1.1"))); }
std::string signatures(std::initializer_list<std::size_t> values) { return extension(13, vector_of(2, list(values))); }

// The published example, its offers in another order and with GREASE between them.
TEST(Ja4, the_published_example) {
  HelloParts hello;
  hello.suites = list({0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035});
  hello.extensions = extension(0x1a1a, "") + server_name("example.com");
  for (const std::size_t type : {0x17, 0xff01, 0x0a, 0x0b, 0x23}) hello.extensions += extension(type, "xx");
  hello.extensions += protocols("h2") + extension(5, "xx") + signatures({0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601});
  for (const std::size_t type : {0x12, 0x33, 0x2d}) hello.extensions += extension(type, "xx");
  hello.extensions += extension(0x2b, vector_of(1, list({0xfafa, 0x0304, 0x0303})));
  for (const std::size_t type : {0x1b, 0x4469, 0x15}) hello.extensions += extension(type, "xx");
  EXPECT_EQ(of(hello), "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

// The digests that follow are `printf TEXT | sha256sum | cut -c1-12`.
TEST(Ja4, an_old_client_without_extensions) {
  EXPECT_EQ(of({.suites = list({0x002f}), .has_extensions = false}), "t12i010000_ba72b8082249_000000000000");  // 002f
}

TEST(Ja4, nothing_but_grease_is_nothing) { EXPECT_EQ(of({.suites = list({0x0a0a}), .extensions = extension(0x2a2a, "")}), "t12i000000_000000000000_000000000000"); }

TEST(Ja4, suites_and_extensions_are_sorted_and_signatures_are_not) {
  const auto with = [](std::initializer_list<std::size_t> suites, std::string extensions) { return of({.suites = list(suites), .extensions = std::move(extensions)}); };
  // c02b,c02f and 000a,000d_0804,0403
  EXPECT_EQ(with({0xc02f, 0xc02b}, signatures({0x0804, 0x0403}) + extension(10, "xx")), "t12i020200_b6f57f3be927_0fc99f9789f0");
  EXPECT_EQ(with({0xc02b, 0xc02f}, extension(10, "xx") + signatures({0x0804, 0x0403})), "t12i020200_b6f57f3be927_0fc99f9789f0");
  EXPECT_NE(with({0xc02b, 0xc02f}, extension(10, "xx") + signatures({0x0403, 0x0804})), "t12i020200_b6f57f3be927_0fc99f9789f0");
}

TEST(Ja4, the_protocol_is_its_first_and_last_character_or_digit) {
  const auto with = [](std::string_view protocol) { return of({.extensions = protocols(protocol)}).substr(0, 10); };
  EXPECT_EQ(with("http/1.1"), "t12i0201h1");
  EXPECT_EQ(with("x"), "t12i0201xx");
  EXPECT_EQ(with("\xab"), "t12i0201ab");
  EXPECT_EQ(with("\x30\xab"), "t12i02013b");
}

TEST(Ja4, what_is_more_than_99_is_99) {
  std::string suites;
  for (std::size_t i = 0; i < 120; ++i) suites += number(2, 0x1000 + i);
  EXPECT_EQ(of({.suites = suites}).substr(0, 10), "t12i990000");
}

TEST(Ja4, of_what_is_no_hello_there_is_none) {
  EXPECT_FALSE(ja4(""));
  EXPECT_FALSE(ja4("nonsense"));
  const std::string message = HelloParts{}.message();
  EXPECT_FALSE(ja4(message.substr(0, message.size() - 1)));
}

TEST(Ja4, is_told_of_a_client_only_where_it_is_asked_for) {
  ServerRig silent;
  ASSERT_EQ(silent.connect({}), Code::ok);
  EXPECT_EQ(silent.record.tls.ja4.view(), "");
  ServerRig rig;
  rig.listener.tls.ja4 = true;
  ASSERT_EQ(rig.connect({.min = TLS1_3_VERSION}), Code::ok);
  const std::string print(rig.record.tls.ja4.view());
  EXPECT_EQ(print.size(), 36u);
  EXPECT_TRUE(print.starts_with("t13d")) << print;
  EXPECT_EQ(print.substr(8, 2), "h1") << print;
}

// The second hello offers no early data any more (RFC 8446 section 4.1.2), and so has an extension less.
TEST(Ja4, after_a_retry_the_first_hello_is_the_one_that_counts) {
  ServerRig rig;
  rig.listener.tls.ja4 = true;
  ASSERT_EQ(rig.connect({.min = TLS1_3_VERSION}), Code::ok);
  const test::TlsOptions retried{.min = TLS1_3_VERSION, .groups = "P-521:P-256", .resumes = rig.client->session()};
  SSL_SESSION_set_max_early_data(retried.resumes.get(), 100);
  const auto extensions = [&rig] { return std::stoi(std::string(rig.record.tls.ja4.view().substr(6, 2))); };
  ASSERT_EQ(rig.connect(retried), Code::ok) << rig.detail();
  ASSERT_TRUE(rig.record.tls.retried);
  const int without = extensions();
  ASSERT_EQ(rig.connect(retried, "early"), Code::ok) << rig.detail();
  ASSERT_TRUE(rig.record.tls.retried);
  EXPECT_EQ(extensions(), without + 1);
}

}  // namespace
}  // namespace gladhand::tls
