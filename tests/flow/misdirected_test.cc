// Requests that came on a connection which proved to be somebody else (RFC 9110 section 7.4).
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/matrix.h"

namespace gladhand::test {
namespace {

// A listener with a certificate for each of the names, the first for those who ask for nobody that is known.
class Misdirected : public Matrix {
 protected:
  ~Misdirected() override { std::filesystem::remove_all(directory_); }

  void serve_names(const std::vector<std::vector<std::string>>& certificates) {
    std::filesystem::create_directories(directory_);
    const tls::CertificatePair authority = tls::make_authority("Test authority", 2);
    listener().tls.self_signed = false;
    for (const auto& names : certificates) {
      const tls::CertificatePair leaf = tls::make_leaf(authority, names, 2);
      config::Certificate certificate;
      certificate.name = names.front();
      certificate.cert = write(names.front() + ".pem", leaf.chain_pem);
      certificate.key = write(names.front() + ".key", leaf.key_pem);
      config.certificates.push_back(certificate);
      listener().tls.certificates.push_back(certificate.name);
    }
  }
  // All callers ask for shop.example, whatever they named in their handshake.
  Caller caller_of(const std::string& server_name) {
    return Caller(stage, Socket::connected_to(proxy().address()), client_line().protocol, TlsOptions{.alpn = client_line().alpn(), .server_name = server_name});
  }
  void expect_refused(const std::string& server_name) {
    Caller caller = caller_of(server_name);
    Talk& refused = caller.get("/").expect(421);
    EXPECT_EQ(refused.field("proxy-status"), "gladhand; error=http_request_error");
    caller.expect_open();
    caller.get("/again").expect(421);
    EXPECT_EQ(exchange(0).error, Code::misdirected_request);
    EXPECT_EQ(exchange(0).status, 421);
    expect_no_dial();
  }
  void expect_served(const std::string& server_name) {
    Caller caller = caller_of(server_name);
    Talk& asked = caller.get("/");
    Origin origin = this->origin();
    serve(origin, asked, "/");
  }

 private:
  std::string write(const std::string& name, const std::string& text) const {
    const std::string path = (directory_ / name).string();
    std::ofstream(path) << text;
    return path;
  }
  const std::filesystem::path directory_ = std::filesystem::path(testing::TempDir()) / ("misdirected-" + std::to_string(getpid()));
};

TEST_P(Misdirected, a_request_for_a_host_with_another_certificate_is_sent_back) {
  serve_names({{"other.example"}, {"shop.example"}});
  expect_refused("other.example");
}

TEST_P(Misdirected, so_is_one_on_the_first_certificate_that_nobody_asked_for) {
  serve_names({{"other.example"}, {"shop.example"}});
  expect_refused("unknown.example");
}

TEST_P(Misdirected, a_host_without_a_certificate_belongs_to_the_first) {
  serve_names({{"first.example"}, {"second.example"}});
  expect_refused("second.example");
}

TEST_P(Misdirected, a_request_for_the_name_of_the_handshake_is_served) {
  serve_names({{"other.example"}, {"shop.example"}});
  expect_served("shop.example");
}

TEST_P(Misdirected, so_is_one_for_another_name_of_the_same_certificate) {
  serve_names({{"other.example"}, {"blog.example", "*.example"}});
  expect_served("blog.example");
}

TEST_P(Misdirected, with_one_certificate_there_is_no_wrong_connection) {
  serve_names({{"other.example"}});
  expect_served("unknown.example");
}

INSTANTIATE_TEST_SUITE_P(tls, Misdirected,
                         testing::Values(Way{{codec::Protocol::sequential, true}, {codec::Protocol::sequential, false}},
                                         Way{{codec::Protocol::multiplexed, true}, {codec::Protocol::sequential, false}}),
                         way_name);

}  // namespace
}  // namespace gladhand::test
