#include "tls/about.h"

#include <openssl/crypto.h>
#include <openssl/opensslv.h>

namespace gladhand::tls {

About about_library() { return {std::string("OpenSSL ") + OpenSSL_version(OPENSSL_VERSION_STRING), OpenSSL_version_num() < OPENSSL_VERSION_NUMBER}; }

}  // namespace gladhand::tls
