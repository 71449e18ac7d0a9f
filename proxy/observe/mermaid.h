// A sequence as the text of a Mermaid sequenceDiagram.
//
// Each message ends in its instant and, in parentheses, its distance from the one before; the distances add up. Whatever
// strangers had a hand in is escaped: every character but letters, digits and a few marks is written as Mermaid's #NN;.
#pragma once

#include "observe/sequence.h"

namespace gladhand::observe {

std::string mermaid(const Sequence& sequence);

}  // namespace gladhand::observe
