#include <gmock/gmock.h>

#include "support/scratch_folder.h"
#include "tls/certificate.h"

namespace gladhand::tls {
namespace {

using testing::HasSubstr;

class TlsAuthorities : public testing::Test {
 protected:
  std::string file(const std::string& text) const { return folder_.file("ca.pem", text); }

  test::ScratchFolder folder_;
};

TEST_F(TlsAuthorities, a_file_of_certificates_is_read_whatever_stands_between_them) {
  const std::string text = "# ours\n" + make_authority("One", 2).chain_pem + "\n# theirs\n" + make_authority("Two", 2).chain_pem + "\n";
  const auto loaded = load_authorities(file(text));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(*loaded, text);
}

TEST_F(TlsAuthorities, a_file_that_is_not_there_cannot_be_read) {
  const auto loaded = load_authorities(folder_ / "none.pem");
  ASSERT_FALSE(loaded);
  EXPECT_TRUE(loaded.error().is_unreadable);
  EXPECT_THAT(loaded.error().message, HasSubstr("No such file"));
}

TEST_F(TlsAuthorities, a_folder_is_refused) { EXPECT_FALSE(load_authorities(folder_.path())); }

TEST_F(TlsAuthorities, a_file_without_a_certificate_is_refused) {
  for (const std::string& text : {std::string(), std::string("hello\n"), make_authority("One", 2).key_pem}) {
    const auto loaded = load_authorities(file(text));
    ASSERT_FALSE(loaded) << text;
    EXPECT_FALSE(loaded.error().is_unreadable);
    EXPECT_THAT(loaded.error().message, HasSubstr("holds no PEM certificate"));
  }
}

TEST_F(TlsAuthorities, a_broken_certificate_behind_a_good_one_is_refused) {
  std::string broken = make_authority("Two", 2).chain_pem;
  broken[broken.find('\n') + 10] = '!';
  const auto loaded = load_authorities(file(make_authority("One", 2).chain_pem + broken));
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace gladhand::tls
