#include "observe/families.h"

namespace gladhand::observe {
namespace {

using Families = std::vector<prometheus::MetricFamily>;

void append(Family family, double value, Families& families) {
  family.add(Labels{}, value);
  std::move(family).move_to(families);
}

void append_results(Family family, std::uint64_t ok, std::uint64_t failed, Families& families) {
  family.add({{"result", "ok"}}, static_cast<double>(ok));
  family.add({{"result", "failed"}}, static_cast<double>(failed));
  std::move(family).move_to(families);
}

}  // namespace

void append_config_families(const ConfigFacts& facts, Families& families) {
  append(Family::gauge("gladhand_config_last_reload_successful", "1 when the configuration was read without an error the last time."),
         facts.was_successful ? 1 : 0, families);
  append(Family::gauge("gladhand_config_last_reload_success_timestamp_seconds", "When the running configuration was read, in seconds since the epoch."),
         static_cast<double>(facts.successful_at), families);
  append_results(Family::counter("gladhand_config_reloads_total", "Times that the configuration was read anew."), facts.reloads_ok, facts.reloads_failed, families);
  append_results(Family::counter("gladhand_certificate_reloads_total", "Certificates, users and authorities that were read anew because a file had changed."),
                 facts.certificates_ok, facts.certificates_failed, families);
  append(Family::counter("gladhand_upgrades_failed_total", "Times that the program was to be started anew in this process's place, and did not get ready."),
         static_cast<double>(facts.upgrades_failed), families);
  auto not_after = Family::gauge("gladhand_certificate_not_after_timestamp_seconds", "Until when a certificate is valid, in seconds since the epoch.");
  for (const auto& [name, until] : facts.not_after) not_after.add({{"certificate", name}}, static_cast<double>(until));
  std::move(not_after).move_to(families);
}

}  // namespace gladhand::observe
