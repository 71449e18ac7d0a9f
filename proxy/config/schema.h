// The settings as a JSON Schema (draft 7), from which editors complete keys and words and linters find mistakes.
//
// It takes what reading takes, as far as a schema can say it: the ends of a duration's range stand in the description only,
// what refers to what is validate()'s alone, and where a ${VARIABLE} may become one of a few words, any string that has one will do.
#pragma once

#include <string>

namespace gladhand::config {

std::string schema();

}  // namespace gladhand::config
