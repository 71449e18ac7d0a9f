#include "cli/cli.h"
#include "tls/memory.h"

int main(int argc, char** argv) {
  gladhand::tls::install_memory();  // before anything touches OpenSSL
  return gladhand::cli::run(argc, argv);
}
