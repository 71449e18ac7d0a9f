// OpenSSL's memory comes from base/size_classes.h.
//
// A full handshake makes some 770 allocations of a few sizes; taking them from a list instead of malloc saves about a
// tenth of its CPU time and makes it free to give a session's buffers back while it is idle.
#pragma once

namespace gladhand::tls {

// Must run before anything else touches OpenSSL, best first in main(). Does nothing when it is too late.
void install_memory();

}  // namespace gladhand::tls
