// What is wrong with a configuration, for people and for machines.
//
// A `Diagnostic` is complete in itself: it carries the source text it points at, so that it can be printed after the
// file has changed. Its rule has a stable code (E012); codes are never reused. Columns and lengths count Unicode code
// points, columns from 1. Every text in a Diagnostic is printable UTF-8: no control characters, whatever the file held.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "config/config.h"

namespace gladhand::config {

enum class Rule : std::uint8_t {
  // The file itself.
  syntax,
  unreadable_file,
  too_large,
  no_file,
  // One table or one value.
  missing_key,
  unknown_key,
  wrong_type,
  out_of_range,
  bad_duration,
  bad_size,
  unknown_word,
  empty_value,
  bad_text,
  // ${VARIABLE}
  unset_variable,
  bad_expansion,
  // The grammar of a string.
  bad_address,
  bad_url,
  unsupported_scheme,
  bad_cidr,
  bad_host_pattern,
  bad_path_pattern,
  bad_name,
  bad_server_name,
  // Values together.
  duplicate,
  undefined,
  no_certificate,
  two_certificates,
  no_listener,
  no_route,
  too_many,
  tls_without_https,
  forward_without_mode,
  // Grammars again: codes ascend, and are never given anew.
  bad_target_rule,
  bad_cookie_name,
  fast_open_unused,
  bad_origin,
  bad_redirect,
  bad_prefix,
  early_data_shared,
  bad_health_check,
  // What only the world outside the file can tell; reported by the floors that look.
  missing_file,
  bad_certificate,
  address_in_use,
  bad_users,
  bad_ocsp,
  bad_fast_open_key,
  bad_plugin,
  bad_plugin_option,
  bad_ticket_keys,
  main_file_only,
  bad_field_name,
  bad_socket,
  bad_admin_token,
  count_,
};

struct RuleRow {
  Rule rule;
  std::string_view code;
  std::string_view help;
};

// clang-format off
inline constexpr std::array<RuleRow, static_cast<std::size_t>(Rule::count_)> kRules{{
    {Rule::syntax, "E001", "The file is not TOML 1.0."},
    {Rule::unreadable_file, "E002", "The configuration file cannot be opened or read."},
    {Rule::too_large, "E003", "The file is larger or nested deeper than any configuration needs."},
    {Rule::no_file, "E004", "No configuration file was found in any of the usual places."},
    {Rule::missing_key, "E011", "A key without which its table means nothing is not there."},
    {Rule::unknown_key, "E012", "The table has no such key."},
    {Rule::wrong_type, "E013", "The value has another type than its key takes."},
    {Rule::out_of_range, "E014", "The value is below or above what its key takes."},
    {Rule::bad_duration, "E015", "A duration is a whole number and a unit: 250ms, 30s, 1m, 1h."},
    {Rule::bad_size, "E016", "A size is a whole number and a unit: 512B, 8KB, 32KiB, 1MiB. A plain integer counts bytes."},
    {Rule::unknown_word, "E017", "The key takes one of a few words, and this is none of them."},
    {Rule::empty_value, "E018", "An empty string or list where something must stand."},
    {Rule::bad_text, "E019", "A string holds a control character."},
    {Rule::unset_variable, "E020", "${VARIABLE} is not set and names no default."},
    {Rule::bad_expansion, "E021", "Variables are written ${NAME} or ${NAME:-default}; $${ stands for ${ itself."},
    {Rule::bad_address, "E022", "An address to listen on is host:port, :port or [v6]:port."},
    {Rule::bad_url, "E023", "An endpoint is scheme://host or scheme://host:port, and nothing more."},
    {Rule::unsupported_scheme, "E024", "The scheme of an endpoint is http, https or h2c."},
    {Rule::bad_cidr, "E025", "A network is address/prefix-length, such as 10.0.0.0/8 or fd00::/8."},
    {Rule::bad_host_pattern, "E026", "A host to match is a name, or *. and a name."},
    {Rule::bad_path_pattern, "E027", "A path to match begins with / and may end in /*."},
    {Rule::bad_name, "E028", "A name is made of letters, digits, _ - and dots, at most 64 of them."},
    {Rule::bad_server_name, "E029", "A server name is a host name or an IP address."},
    {Rule::duplicate, "E030", "Two listeners, certificates or upstreams share what must be their own, or a list names one thing twice."},
    {Rule::undefined, "E031", "A reference names something that is not defined."},
    {Rule::no_certificate, "E032", "TLS needs certificates, or self_signed = true."},
    {Rule::two_certificates, "E033", "certificates and self_signed exclude each other."},
    {Rule::no_listener, "E034", "Without a [[listener]] nothing can reach the proxy."},
    {Rule::no_route, "E035", "Without a [[route]] no request can be answered."},
    {Rule::too_many, "E036", "More of one kind than can be counted."},
    {Rule::tls_without_https, "E037", "Settings for TLS towards an upstream that has no https:// endpoint."},
    {Rule::forward_without_mode, "E038", "Settings of a forward proxy on a listener that is none."},
    {Rule::bad_target_rule, "E039", "A target is a host, address, network or *, and if need be a colon and a port or *; `deny` knows `private`, too."},
    {Rule::bad_cookie_name, "E040", "The name of a cookie is made of the characters of an RFC 9110 token, at most 64 of them."},
    {Rule::fast_open_unused, "E041", "Settings of TCP Fast Open where nothing could come of them."},
    {Rule::bad_origin, "E042", "An origin is scheme://host or scheme://host:port, in lower case and nothing more, or *."},
    {Rule::bad_redirect, "E043", "A listener redirects to https if it speaks plain HTTP itself, and another one TLS."},
    {Rule::bad_prefix, "E044", "A prefix of a path begins with / and names something, without query, fragment or *."},
    {Rule::early_data_shared, "E045", "Early data needs ticket keys that no other process has."},
    {Rule::bad_health_check, "E046", "A health check asks for a path, expects statuses from 200 to 599, and is over before the next one begins."},
    {Rule::missing_file, "E050", "A file that the configuration names is not there or cannot be read."},
    {Rule::bad_certificate, "E051", "A certificate or key cannot be used, or the two do not belong together."},
    {Rule::address_in_use, "E052", "An address to listen on is taken or not ours."},
    {Rule::bad_users, "E053", "A file of users is not one that htpasswd writes, or holds hashes that are not safe."},
    {Rule::bad_ocsp, "E054", "An OCSP response cannot be stapled: it is none, says another thing than that the certificate is good, or is out of date."},
    {Rule::bad_fast_open_key, "E055", "A file of Fast Open keys holds one or two lines of 32 hexadecimal digits."},
    {Rule::bad_plugin, "E056", "A plugin is no shared object that can be loaded, or was made for another version of the interface."},
    {Rule::bad_plugin_option, "E057", "A plugin does not take what an option says."},
    {Rule::bad_ticket_keys, "E058", "A file of ticket keys holds one to eight keys of 80 bytes each, as `gladhand tickets new` writes them."},
    {Rule::main_file_only, "E059", "`include`, `server` and `log` stand in the main file only, which includes others and not itself."},
    {Rule::bad_field_name, "E060", "The name of a header field is made of the characters of an RFC 9110 token, at most 64 of them."},
    {Rule::bad_socket, "E061", "A socket that the service manager passed cannot be used, or belongs to no listener."},
    {Rule::bad_admin_token, "E062", "An admin token is 16 to 1024 characters of those that stand in a bearer token: letters, digits, and - . _ ~ + / =."},
}};
// clang-format on

constexpr const RuleRow& row(Rule rule) { return kRules[static_cast<std::size_t>(rule)]; }

static_assert(
    [] {
      for (std::size_t i = 0; i < kRules.size(); ++i) {
        if (static_cast<std::size_t>(kRules[i].rule) != i || kRules[i].help.empty()) return false;
        if (i > 0 && kRules[i - 1].code >= kRules[i].code) return false;
      }
      return true;
    }(),
    "every Rule has its row, in the order of the enum, and codes ascend");

// A finding that does not know yet where it stands.
struct Fault {
  Rule rule;
  std::string message;
  std::string hint = {};
};

struct Diagnostic {
  Rule rule = Rule::syntax;
  std::string message;
  Place place;               // line 0: the file as a whole, or the option of the command line in its stead
  std::string text;          // the source line, or the part of a long one around the place; empty: none to show
  std::uint32_t indent = 0;  // code points of `text` before the underline
  std::uint32_t length = 0;  // of the underline; at least 1 if `text` is not empty
  std::string hint;          // stands behind the underline: "did you mean `address`?"

  std::string_view code() const { return row(rule).code; }
};

// As for a terminal, every line ended by a newline:
//
//     error[E012]: unknown key `adress` in [[listener]]
//       --> gladhand.toml:12:1
//        |
//     12 | adress = ":8443"
//        | ^^^^^^ did you mean `address`?
std::string render(const Diagnostic& diagnostic);
std::string render(std::span<const Diagnostic> diagnostics);

// One JSON array of objects: code, message, file, line, column, length, text, hint. Ended by a newline.
std::string render_json(std::span<const Diagnostic> diagnostics);

// "1 error", "20 errors".
std::string count_text(std::size_t errors);

}  // namespace gladhand::config
