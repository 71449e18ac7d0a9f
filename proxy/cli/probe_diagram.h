// A probed connection as the text of a Mermaid sequenceDiagram.
#pragma once

#include <string>

#include "cli/probe_attempt.h"

namespace gladhand::cli {

// Empty when nobody was ever dialled. Times count from the first dial; the search for an address lies before it.
std::string diagram_text(const ProbePlan& plan, const Sample& sample);

}  // namespace gladhand::cli
