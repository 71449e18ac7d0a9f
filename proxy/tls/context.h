// What the sessions of one worker share: an OpenSSL library context of its own, and one SSL_CTX for each certificate of
// each TLS listener.
//
// Nothing in it is shared with other threads but the ring of ticket keys: OpenSSL 3.0 takes locks on whatever is.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "tls/certificate.h"
#include "tls/openssl.h"
#include "tls/tickets.h"

namespace gladhand::tls {

// A worker's OpenSSL, with what is costly to fetch fetched once.
class Library {
 public:
  explicit Library(const TicketKeys& ticket_keys);

  OSSL_LIB_CTX* get() const { return library_.get(); }
  const TicketKeys& ticket_keys() const { return ticket_keys_; }
  const EVP_CIPHER* ticket_cipher() const { return ticket_cipher_.get(); }

 private:
  LibraryPtr library_;
  CipherPtr ticket_cipher_;
  const TicketKeys& ticket_keys_;
};

// One listener's TLS. The first certificate answers clients that name no server, or one that no certificate is for.
class ServerContext {
 public:
  // `certificates` have been checked by load_certificate(), or made.
  static std::expected<std::unique_ptr<ServerContext>, std::string> make(const Library& library, const config::Tls& settings,
                                                                         std::span<const CertificatePair> certificates);

  SSL_CTX* get() const { return certificates_.front().context.get(); }

 private:
  struct Served {
    ContextPtr context;
    std::vector<std::string> names;  // lower case; "*.example.com" stands for one label
  };

  explicit ServerContext(const Library& library) : library_(library) {}
  std::expected<Served, std::string> serve(const config::Tls& settings, const CertificatePair& pair);
  SSL_CTX* context_for(std::string_view server_name) const;
  static int on_server_name(SSL* ssl, int* alert, void* self);
  static int on_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int is_sealing);

  const Library& library_;
  std::vector<Served> certificates_;
};

}  // namespace gladhand::tls
