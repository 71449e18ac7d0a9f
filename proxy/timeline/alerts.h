// The alerts of TLS by name (RFC 8446 section 6, RFC 5246 section 7.2, IANA's registry): a closed set, fit for a label.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gladhand::timeline {

struct AlertRow {
  std::uint8_t number;
  std::string_view name;
};

inline constexpr std::array<AlertRow, 35> kAlerts{{
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {41, "no_certificate"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {60, "export_restriction"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {111, "certificate_unobtainable"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {114, "bad_certificate_hash_value"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
    {121, "ech_required"},
}};
// Numbers that nobody has registered share the last one.
inline constexpr std::size_t kAlertSlots = kAlerts.size() + 1;

constexpr std::size_t alert_slot(std::uint8_t number) {
  std::size_t slot = 0;
  while (slot < kAlerts.size() && kAlerts[slot].number != number) ++slot;
  return slot;
}
constexpr std::string_view alert_name_of_slot(std::size_t slot) { return slot < kAlerts.size() ? kAlerts[slot].name : "other"; }
constexpr std::string_view alert_name(std::uint8_t number) { return alert_name_of_slot(alert_slot(number)); }

}  // namespace gladhand::timeline
