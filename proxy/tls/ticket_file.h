// Files of session ticket keys, which replicas share: blocks of 80 bytes as nginx has them, a name of 16 bytes, an HMAC key of 32
// and an AES-256 key of 32. The first one seals tickets, all open them.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "tls/tickets.h"

namespace gladhand::tls {

inline constexpr std::size_t kTicketKeyBytes = 80;
inline constexpr std::size_t kMostTicketKeys = 8;

// What is wrong with a file: text for a person, which never holds a key.
struct TicketFileProblem {
  bool is_unreadable = false;  // the file, that is; false: what it holds
  std::string message;         // names the file
  std::string hint;            // the cure; may be empty

  bool operator==(const TicketFileProblem&) const = default;
};

// `name` is what messages call the file.
std::expected<TicketKeys::Ring, TicketFileProblem> parse_ticket_keys(std::string_view bytes, std::string_view name);
// Reads and parses. Blocking.
std::expected<TicketKeys::Ring, TicketFileProblem> load_ticket_keys(const std::string& path);
// The bytes of a file. To be wiped by whoever asked.
std::string ticket_file_bytes(const TicketKeys::Ring& ring);
// Writes a file that only its owner can read; the error is text for a person. It must not be there yet.
std::expected<void, std::string> create_ticket_file(const std::string& path, const TicketKeys::Ring& ring);
// Puts one in the place of another, whose owner and mode it takes, in one step: whoever reads finds the one or the other.
std::expected<void, std::string> replace_ticket_file(const std::string& path, const TicketKeys::Ring& ring);

// The keys of a file that is new: one that seals, and one that will. Between the two there is room for the one that has.
TicketKeys::Ring new_ticket_keys();
// The last key is put into use, the one that was in use stays to open what it has sealed, and a fresh one is made known as the
// next. So a replica that has the new file never seals with a key that one with the old file does not have.
TicketKeys::Ring rotated_ticket_keys(const TicketKeys::Ring& ring);

}  // namespace gladhand::tls
