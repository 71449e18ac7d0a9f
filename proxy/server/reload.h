// The next configuration: read, compared with the running one, prepared, and published whole or not at all.
//
// Nothing changes before all of it is there: the file is valid, the files that it names can be used, names are resolved and
// new ports bound. What is published is a snapshot; whoever works under the one before goes on doing so until it is done.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/read.h"
#include "observe/config_facts.h"
#include "server/snapshot.h"

namespace gladhand::server {

// Where the configuration came from.
struct Origin {
  config::Source source;
  std::function<config::Result()> read_again;  // blocking; empty: there is no file
};

class Reload {
 public:
  // Makes a snapshot everybody's, with the names that there are from then on. When it returns, every worker has it.
  using Publish = std::function<void(const SnapshotPtr&, const observe::Names&)>;

  // `first` is what runs; `names` has learnt it.
  Reload(SnapshotPtr first, observe::Names names, StartOptions options, Origin origin, Publish publish);

  struct Outcome {
    std::vector<config::Diagnostic> problems;     // empty: it is published
    std::vector<std::string_view> unchanged;      // settings that differ, and stay as they are until a restart
  };
  // Reads the file and publishes what it says. Blocking; the log is told what came of it.
  Outcome run();

  // The files that the running configuration names have changed: publishes it anew with what can be used of them. What cannot
  // be is kept as it was, and the log is told.
  void run_for_files();

  bool can_read_again() const { return static_cast<bool>(origin_.read_again); }
  // That the running configuration is in; empty: there is none.
  const std::string& file() const { return origin_.source.file(); }
  const SnapshotPtr& running() const { return running_; }
  void note_failed_upgrade() { ++facts_.upgrades_failed; }
  const observe::ConfigFacts& facts() const { return facts_; }

 private:
  Outcome try_it();
  std::optional<Prepared> read_changed_files();
  void tell(const std::vector<config::Diagnostic>& problems);
  void publish(SnapshotPtr next);
  void learn_facts();

  SnapshotPtr running_;
  observe::Names names_;
  const StartOptions options_;
  Origin origin_;
  const Publish publish_;
  std::set<std::string> told_;  // what was wrong with files when they were read the last time
  observe::ConfigFacts facts_;
};

// As the admin listener says it: one JSON object, or text for a terminal.
std::string to_json(const Reload::Outcome& outcome);
std::string to_text(const Reload::Outcome& outcome);

}  // namespace gladhand::server
