// The command line: what each subcommand is called, takes and returns.
#pragma once

namespace gladhand::cli {

// The exit code of the process: see server::Exit.
int run(int argc, char** argv);

}  // namespace gladhand::cli
