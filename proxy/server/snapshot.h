// A configuration and all that it needs, as it is published: never changed, shared by all threads, and gone when the last of
// them has done with it.
#pragma once

#include <memory>

#include "config/config.h"
#include "observe/names.h"
#include "server/prepared.h"

namespace gladhand::server {

struct Snapshot {
  config::Config config;
  Prepared prepared;
  observe::Ids ids;  // by which its listeners, upstreams and routes are known in records
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace gladhand::server
