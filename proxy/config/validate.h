// Checks across values, and the grammar of strings; resolves references to indices.
//
// Pure: nothing is opened, resolved or bound. Whether files exist, keys match and ports are free is found out by the
// floors that need them; they say so with Source::diagnose().
#pragma once

#include <vector>

#include "config/config.h"
#include "config/diagnostic.h"
#include "config/report.h"
#include "config/source.h"

namespace gladhand::config {

// Completes `config`:
//   - an admin address of "off" becomes empty;
//   - names of header fields are in lower case;
//   - a listener without a name is named after its address, with "#2" and so on where two share one (port 0);
//   - trusted_proxies and proxy_protocol are in their usual spelling, each with a prefix length;
//   - endpoints have their scheme, host and port;
//   - a route to a URL gets an upstream of that name, one for all routes that spell the URL alike;
//   - a forward listener gets an upstream without endpoints, named "forward:" and its own name;
//   - certificate_index and upstream_index are filled.
// A config may be validated again after changes. What is wrong is returned, in the order of the file; `config` is to be
// used only if that is nothing. Without `source` diagnostics have no place, as befits a configuration that never was
// a file.
std::vector<Diagnostic> validate(Config& config, const Source& source = {});

// The same as the second half of a reading.
void validate(Config& config, Report& report);

}  // namespace gladhand::config
