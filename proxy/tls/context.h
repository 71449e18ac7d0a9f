// What a worker's sessions with the clients of one listener share: one SSL_CTX for each certificate.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "tls/certificate.h"
#include "tls/library.h"

namespace gladhand::tls {

// One listener's TLS. The first certificate answers clients that name no server, or one that no certificate is for.
class ServerContext {
 public:
  // `certificates` have been checked by load_certificate(), or made; `client_authorities_pem` by load_authorities(), and
  // empty where clients need to show no certificate. `shared_keys`: instead of the library's.
  static std::expected<std::unique_ptr<ServerContext>, std::string> make(const Library& library, const config::Listener& listener,
                                                                         std::span<const CertificatePair> certificates,
                                                                         std::string_view client_authorities_pem = {},
                                                                         std::shared_ptr<const TicketKeys> shared_keys = nullptr);

  SSL_CTX* get() const { return certificates_.front().context.get(); }
  // Whether clients are to be fingerprinted.
  bool wants_ja4() const { return wants_ja4_; }
  // Whether clients that come back may send early data.
  bool takes_early_data() const { return early_data_bytes_ > 0; }
  // Whether a client that asks for `host` is shown the same certificate as that of `ssl` was.
  bool shows_the_same(const SSL* ssl, std::string_view host) const;

 private:
  struct Served {
    ContextPtr context;
    std::unique_ptr<const Staple> staple;  // where the callback of the context finds it; null: there is none
    std::vector<std::string> names;  // lower case; "*.example.com" stands for one label
  };

  ServerContext(const Library& library, std::shared_ptr<const TicketKeys> shared_keys)
      : library_(library), shared_keys_(std::move(shared_keys)), keys_(shared_keys_ ? *shared_keys_ : library.ticket_keys()) {}
  std::expected<Served, std::string> serve(const config::Tls& settings, const CertificatePair& pair, std::string_view client_authorities_pem);
  static int on_alpn(SSL* ssl, const unsigned char** chosen, unsigned char* size, const unsigned char* offered, unsigned offered_size, void* self);
  // Null: no certificate is for it.
  SSL_CTX* find(std::string_view server_name) const;
  SSL_CTX* context_for(std::string_view server_name) const;
  static int on_server_name(SSL* ssl, int* alert, void* self);
  static int on_status_request(SSL* ssl, void* staple);
  static int on_early_data(SSL* ssl, void*);
  static int on_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int is_sealing);

  const Library& library_;
  const std::shared_ptr<const TicketKeys> shared_keys_;
  const TicketKeys& keys_;
  bool refuses_unknown_names_ = false;
  bool wants_ja4_ = false;
  std::uint32_t early_data_bytes_ = 0;  // 0: none is taken
  std::string protocols_;  // as ALPN writes them, the preferred one first
  std::vector<Served> certificates_;
};

}  // namespace gladhand::tls
