// What validation has to do for the access log.
#pragma once

#include "config/config.h"
#include "config/report.h"

namespace gladhand::config {

// Puts the names of header fields into lower case, in which they are compared.
void check_access_log(AccessLog& log, Report& report);

}  // namespace gladhand::config
