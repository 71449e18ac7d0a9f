// OpenSSL's errors in the words of the error table.
#pragma once

#include "base/error.h"
#include "tls/openssl.h"

namespace gladhand::tls {

// Why a call on `ssl` failed with `error`, the first of OpenSSL's error queue. The detail is static text of the library.
Error explain(const SSL* ssl, unsigned long error);

}  // namespace gladhand::tls
