// What `gladhand doctor` looks at. A check is a function here and a row of the table in doctor.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/read.h"

namespace gladhand::cli {

enum class Verdict {
  ok,
  warning,  // it works, and something is lost
  problem,  // it does not start, or does not work
};

struct Finding {
  Verdict verdict;
  std::string text;
  std::string cure = {};  // a command; empty where none helps
};
using Findings = std::vector<Finding>;

struct Examined {
  std::string asked_path;              // --config
  std::optional<config::Result> read;  // nothing: there is no configuration
  std::string path;                    // of it
  std::size_t workers = 1;

  // Null unless there is a valid one.
  const config::Config* config() const { return read && read->is_valid() ? &read->config : nullptr; }
};

// A setting of the kernel in this network namespace, "net/core/somaxconn"; nothing: it has none, or it is no number.
std::optional<std::int64_t> kernel_setting(std::string_view path);

// Each adds one finding or more, and none where there is nothing to look at.
void look_at_configuration(const Examined& examined, Findings& findings);
void look_at_files(const Examined& examined, Findings& findings);
void look_at_certificates(const Examined& examined, Findings& findings);
void look_at_names(const Examined& examined, Findings& findings);
void look_at_secrets(const Examined& examined, Findings& findings);
void look_at_ports(const Examined& examined, Findings& findings);
void look_at_accept_queue(const Examined& examined, Findings& findings);
void look_at_syn_queue(const Examined& examined, Findings& findings);
void look_at_fast_open(const Examined& examined, Findings& findings);
void look_at_outgoing_ports(const Examined& examined, Findings& findings);
void look_at_descriptors(const Examined& examined, Findings& findings);
void look_at_memory(const Examined& examined, Findings& findings);
void look_at_clock(const Examined& examined, Findings& findings);
void look_at_clock_cost(const Examined& examined, Findings& findings);
void look_at_kernel_facts(const Examined& examined, Findings& findings);
void look_at_tls_library(const Examined& examined, Findings& findings);

}  // namespace gladhand::cli
