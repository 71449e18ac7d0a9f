#include "tls/client_hello.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "support/tls_bytes.h"
#include "support/tls_client.h"

namespace gladhand::tls {
namespace {

using test::extension;
using test::HelloParts;
using test::number;
using test::vector_of;

// Without its record: OpenSSL puts the first flight into one.
std::string real_hello(const test::TlsOptions& options = {}) {
  test::TlsClient client(options);
  client.feed({});
  return client.output().substr(5);
}

std::optional<ClientHello> with(std::string extensions) {
  // Kept, because the views are into it.
  static std::string message;
  message = HelloParts{.extensions = std::move(extensions)}.message();
  return read_client_hello(message);
}
std::string protocols(std::initializer_list<std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) list += vector_of(1, name);
  return extension(16, vector_of(2, list));
}
std::string versions(std::string_view list) { return extension(43, vector_of(1, list)); }

TEST(ClientHello, openssls_is_read) {
  const std::string message = real_hello({.alpn = "h2", .server_name = "shop.example"});
  const auto hello = read_client_hello(message);
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->legacy_version, 0x0303);
  EXPECT_EQ(hello->version, 0x0304);
  EXPECT_TRUE(hello->has_server_name);
  EXPECT_EQ(hello->server_name, "shop.example");
  EXPECT_EQ(hello->server_name.data(), message.data() + message.find("shop.example"));
  EXPECT_TRUE(hello->offers_h2);
  EXPECT_FALSE(hello->offers_http1_1);
  EXPECT_FALSE(hello->offers_other_protocol);
  EXPECT_EQ(hello->first_protocol, "h2");
  EXPECT_FALSE(hello->has_encrypted_hello);
  EXPECT_FALSE(hello->has_pre_shared_key);
  EXPECT_FALSE(hello->has_early_data);
}

TEST(ClientHello, one_of_tls_1_2_has_no_list_of_versions) {
  const std::string message = real_hello({.max = TLS1_2_VERSION});
  EXPECT_EQ(read_client_hello(message)->version, 0x0303);
}

TEST(ClientHello, extensions_may_be_left_out_altogether) {
  const auto hello = read_client_hello(HelloParts{.version = 0x0302, .has_extensions = false}.message());
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->version, 0x0302);
  EXPECT_FALSE(hello->has_server_name);
  EXPECT_TRUE(read_client_hello(HelloParts{}.message()));  // or be none
}

TEST(ClientHello, a_legacy_version_never_stands_for_more_than_tls_1_2) {
  const auto hello = read_client_hello(HelloParts{.version = 0x0304}.message());
  EXPECT_EQ(hello->legacy_version, 0x0304);
  EXPECT_EQ(hello->version, 0x0303);
}

TEST(ClientHello, cut_off_at_any_byte_it_is_none) {
  const std::string message = real_hello();
  int whole = 0;
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_FALSE(read_client_hello(message.substr(0, size))) << size;
    if (size < 4) continue;
    // Where the length says that this is all, some vector inside is cut off; but it may end before the extensions.
    const auto hello = read_client_hello(test::tls_message(1, message.substr(4, size - 4)));
    if (hello) ++whole;
    EXPECT_TRUE(!hello || !hello->has_server_name) << size;
  }
  EXPECT_EQ(whole, 1);
  EXPECT_FALSE(read_client_hello(message + 'x'));
}

TEST(ClientHello, lengths_that_lie_make_it_none) {
  const std::string message = HelloParts{.extensions = test::server_name("a.example") + protocols({"h2"}) + versions("\x03\x04")}.message();
  ASSERT_TRUE(read_client_hello(message));
  // Every length of one or two bytes in it, by where it stands: all others are longer or shorter by one.
  const std::size_t session_id = 4 + 34;
  const std::size_t suites = session_id + 33;
  const std::size_t compressions = suites + 6;
  const std::size_t extensions = compressions + 2;
  const std::size_t name = message.find("a.example");
  const std::size_t alpn = message.find("h2");
  for (const std::size_t low : {std::size_t{3}, session_id, suites + 1, compressions, extensions + 1, name - 1, name - 4, name - 6, alpn - 1, alpn - 2, alpn - 4,
                                message.size() - 3, message.size() - 4}) {
    for (const int by : {-1, 1, 100}) {
      std::string lying = message;
      lying[low] = static_cast<char>(lying[low] + by);
      EXPECT_FALSE(read_client_hello(lying)) << low << " by " << by;
    }
  }
}

TEST(ClientHello, what_the_rfcs_forbid_makes_it_none) {
  const auto is_read = [](const HelloParts& parts) { return read_client_hello(parts.message()).has_value(); };
  EXPECT_TRUE(is_read({}));
  EXPECT_FALSE(is_read({.version = 0x0203}));
  EXPECT_FALSE(is_read({.version = 0x0404}));
  EXPECT_TRUE(is_read({.session_id = ""}));
  EXPECT_FALSE(is_read({.session_id = std::string(33, 's')}));
  EXPECT_FALSE(is_read({.suites = ""}));
  EXPECT_FALSE(is_read({.suites = "\x13\x01\x13"}));
  EXPECT_FALSE(is_read({.compressions = ""}));
  EXPECT_FALSE(is_read({.compressions = "\x01"}));
  EXPECT_FALSE(read_client_hello(test::tls_message(2, HelloParts{}.message().substr(4))));  // another type

  for (const std::string& once : {test::server_name("a.example"), protocols({"h2"}), versions("\x03\x04"), extension(42, ""), extension(0xfe0d, "x"), extension(10, "x")}) {
    EXPECT_TRUE(with(once));
    EXPECT_FALSE(with(once + once)) << once;
  }
  EXPECT_TRUE(with(extension(0x0a0a, "") + extension(41, "key")));
  EXPECT_FALSE(with(extension(41, "key") + extension(0x0a0a, "")));  // nothing may follow a pre-shared key
  EXPECT_FALSE(with(extension(41, "")));
  EXPECT_FALSE(with(extension(42, "x")));
  EXPECT_FALSE(with(extension(0xfe0d, "")));
}

TEST(ClientHello, server_names_are_host_names_or_none) {
  const auto name = [](std::string_view text) { return std::string(with(test::server_name(text))->server_name); };
  EXPECT_EQ(name("Shop.Example"), "Shop.Example");
  EXPECT_EQ(name("shop.example."), "shop.example.");
  EXPECT_EQ(name("localhost"), "localhost");
  for (const std::string_view bad : {".", "shop..example", "-a.example", "a b", "192.0.2.1", "2001:db8::1", "[::1]", "b\xc3\xbc" "cher.example", "*.example"}) {
    EXPECT_EQ(name(bad), "") << bad;
    EXPECT_TRUE(with(test::server_name(bad))->has_server_name);
  }
  EXPECT_EQ(name(std::string("a\0b", 3)), "");
  EXPECT_FALSE(with(test::server_name("")));
  EXPECT_FALSE(with(extension(0, "")));
  EXPECT_FALSE(with(extension(0, vector_of(2, ""))));
}

TEST(ClientHello, a_list_of_server_names_may_have_other_types_but_one_host_name) {
  const std::string host = number(1, 0) + vector_of(2, "a.example");
  const std::string other = number(1, 9) + vector_of(2, "\x01\x02");
  EXPECT_EQ(with(extension(0, vector_of(2, other + host)))->server_name, "a.example");
  EXPECT_FALSE(with(extension(0, vector_of(2, other)))->has_server_name);
  EXPECT_FALSE(with(extension(0, vector_of(2, host + host))));
}

TEST(ClientHello, protocols_are_told_apart) {
  const auto hello = with(protocols({"http/1.1", "h2", "h3"}));
  EXPECT_TRUE(hello->offers_h2);
  EXPECT_TRUE(hello->offers_http1_1);
  EXPECT_TRUE(hello->offers_other_protocol);
  EXPECT_EQ(hello->first_protocol, "http/1.1");
  const auto foreign = with(protocols({"imap"}));
  EXPECT_FALSE(foreign->offers_h2);
  EXPECT_FALSE(foreign->offers_http1_1);
  EXPECT_TRUE(foreign->offers_other_protocol);
  EXPECT_FALSE(with(protocols({})));
  EXPECT_FALSE(with(protocols({""})));
  EXPECT_FALSE(with(extension(16, "")));
}

TEST(ClientHello, grease_is_no_offer) {
  EXPECT_EQ(with(versions("\x7a\x7a\x03\x04\x03\x03"))->version, 0x0304);
  EXPECT_EQ(with(versions("\x03\x03\xfa\xfa"))->version, 0x0303);
  EXPECT_EQ(with(versions("\x0a\x0a"))->version, 0);  // and the legacy version does not count
  const auto hello = with(extension(0x1a1a, "") + protocols({"\xca\xca", "h2"}) + extension(0xdada, std::string(1, '\0')));
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->first_protocol, "h2");
  EXPECT_FALSE(hello->offers_other_protocol);
  EXPECT_TRUE(with(protocols({"\xca\xda"}))->offers_other_protocol);
}

TEST(ClientHello, lists_of_versions_are_whole) {
  EXPECT_EQ(with(versions("\x03\x01\x03\x04\x03\x03"))->version, 0x0304);  // in any order
  EXPECT_FALSE(with(versions("")));
  EXPECT_FALSE(with(versions("\x03\x04\x03")));
  EXPECT_FALSE(with(extension(43, "\x02\x03\x04\x03")));
}

TEST(ClientHello, the_marks_of_a_returning_client_are_seen) {
  const auto hello = with(extension(42, "") + extension(0xfe0d, "outer") + extension(41, "key"));
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->has_early_data);
  EXPECT_TRUE(hello->has_encrypted_hello);
  EXPECT_TRUE(hello->has_pre_shared_key);
}

TEST(ClientHello, mutations_are_read_inside_their_bounds_or_not_at_all) {
  const std::string message = real_hello({.alpn = "h2", .server_name = "shop.example"});
  std::mt19937 random(1);
  std::size_t read = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string mutant = message;
    for (std::size_t n = 1 + random() % 4; n > 0; --n) mutant[random() % mutant.size()] = static_cast<char>(random());
    if (random() % 4 == 0) mutant.resize(random() % mutant.size());
    // A heap block of exactly its size, so that a sanitizer sees the first byte too many.
    const std::vector<char> exact(mutant.begin(), mutant.end());
    const auto hello = read_client_hello({exact.data(), exact.size()});
    if (!hello) continue;
    ++read;
    for (const std::string_view view : {hello->server_name, hello->first_protocol}) {
      if (view.empty()) continue;
      EXPECT_GE(view.data(), exact.data());
      EXPECT_LE(view.data() + view.size(), exact.data() + exact.size());
    }
  }
  EXPECT_GT(read, 100u);
  EXPECT_LT(read, 9'900u);
}

}  // namespace
}  // namespace gladhand::tls
