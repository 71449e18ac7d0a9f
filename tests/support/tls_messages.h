// A handshake's messages as one line of text: "<ClientHello >ServerHello …", where ">" is what we sent.
#pragma once

#include <string>

#include "timeline/tls_message.h"

namespace gladhand::test {

inline std::string script(const timeline::TlsMessages& messages) {
  std::string text;
  for (const timeline::TlsMessage& message : messages.kept()) {
    if (!text.empty()) text += ' ';
    text += message.is_sent ? '>' : '<';
    text += name(message.type);
  }
  return messages.is_cut_short() ? text + " …" : text;
}

}  // namespace gladhand::test
