// The program's malloc is jemalloc's, on huge pages where the kernel offers them on request.
//
// Hundreds of exchanges at once are spread over a thousand small pages, more than a processor remembers the places of: in a
// virtual machine, finding them was 6 % of a request's CPU time. What has not been used for a second goes back to the kernel:
// a flood that is over should not be remembered.

// Read by jemalloc when the program starts (jemalloc(3), TUNING).
extern "C" {
extern const char* malloc_conf __attribute__((visibility("default")));
const char* malloc_conf = "thp:always,metadata_thp:auto,dirty_decay_ms:1000";
}
