#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/cert.h"
#include "io/address.h"
#include "tls/certificate.h"

namespace gladhand::cli {
namespace {

constexpr std::size_t kLongestCommonName = 64;  // RFC 5280 appendix A.1, ub-common-name
constexpr std::size_t kLongestName = 253;

// A host name, whose first label may be "*", or an address: nothing that means something else inside a certificate.
bool is_certificate_name(const std::string& name) {
  if (io::Address::numeric(name, 0)) return !name.empty();
  const std::string_view host = std::string_view(name).substr(name.starts_with("*.") ? 2 : 0);
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'; };
  return !host.empty() && name.size() <= kLongestName && host.front() != '.' && host.find("..") == std::string_view::npos && std::ranges::all_of(host, is_plain);
}

// Empty, or why not.
std::string write_new(const std::string& path, const std::string& text, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) return fmt::format("cannot create `{}`: {}", path, std::strerror(errno));
  const bool is_written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const std::string reason = std::strerror(errno);
  if (close(fd) == 0 && is_written) return {};
  unlink(path.c_str());
  return fmt::format("cannot write `{}`: {}", path, reason);
}

server::Exit fail(const std::string& message, server::Exit exit) {
  std::fprintf(stderr, "error: %s\n", message.c_str());
  return exit;
}

}  // namespace

server::Exit run_cert_self_signed(const SelfSignedOptions& options) {
  for (const std::string& name : options.names) {
    if (!is_certificate_name(name)) return fail(fmt::format("`{}` is neither a host name nor an IP address", name), server::Exit::usage);
  }
  if (options.names.front().size() > kLongestCommonName) return fail(fmt::format("the first name has more than {} characters: begin with a shorter one", kLongestCommonName), server::Exit::usage);
  const tls::CertificatePair pair = tls::make_self_signed(options.names, options.days);
  const std::string key_path = options.out + ".key", chain_path = options.out + ".pem";
  if (const std::string wrong = write_new(key_path, pair.key_pem, 0600); !wrong.empty()) return fail(wrong, server::Exit::could_not_start);
  if (const std::string wrong = write_new(chain_path, pair.chain_pem, 0644); !wrong.empty()) {
    unlink(key_path.c_str());
    return fail(wrong, server::Exit::could_not_start);
  }
  std::fprintf(stderr, "wrote `%s` and `%s`, good for %d days; whoever is given the first may trust it: curl --cacert %s\n", chain_path.c_str(), key_path.c_str(), options.days,
               chain_path.c_str());
  return server::Exit::ok;
}

}  // namespace gladhand::cli
