// The access log: one line of JSON for each exchange, and one for each client connection that never carried one.
//
//   {"time":"2026-07-01T12:00:00.123456Z","event":"exchange","listener":"web","route":"/api/*","method":"GET",
//    "scheme":"https","authority":"example.com","target":"/api/1","version":"2","user_agent":"…","referer":"…",
//    "status":200,"request_body_bytes":0,"response_body_bytes":512,"attempts":1,"duration":1840,
//    "client":{"id":7,"peer":"192.0.2.1:50000","reused":false,"sni":"example.com","sni_class":"served",
//              "tls_version":"1.3","cipher":"…",
//              "group":"X25519","alpn":"h2","signature":"ecdsa_sha256","resumed":false,
//              "tls_bytes_received":620,"tls_bytes_sent":1400,"tcp":900,"tls":2100,…},
//    "upstream":{"name":"api","endpoint":"10.0.0.1:80","id":3,"reused":true,"pool_wait":2,"first_byte":1500}}
//
// `time` is when the request's head was received, or when the connection was accepted. Every duration is in whole
// microseconds; those inside "client" and "upstream" are the phases of timeline/phases.h under their names. A handshake
// stands on the first exchange of its connection; later ones say "reused":true. What is unknown or empty is left out.
// Where a PROXY header named the client, "peer" is that one, and "tcp_peer" who sent the header.
// "tag" is what a plugin of the listener thinks of the client.
// "request_headers":{"x-request-id":"…"} and "response_headers" hold what log.access asks for, as far as it was there; several
// fields of a name are one, joined by ", ". A value has 512 bytes at most, and "[redacted]" stands for one that is nobody's business.
// "sni", "sni_class", "ja4" (if tls.ja4 asks for it), "retried" (by a HelloRetryRequest), "alert_sent" and "alert_received"
// stand on handshakes that failed, too; "resumption" where "resumed" is true.
// "error" appears when there was one, "local_reply":true when the response was made here because of it. A line with
// "event":"connection" has "result", "stage", "ended_by", "bytes_in" and "bytes_out" instead of a request.
//
// Of TCP the same line tells "mss" and "path_mtu" in bytes, the shifts of the windows that we announce and that the peer does
// ("window_scale_sent", "window_scale_received"; none without scaling), "tcp_timestamps", "sack", "ecn", and, where there is
// something to tell: "syn_retransmits"; "tcp_rtt_withheld" with the reason why the kernel's round trip was no measurement;
// "fast_open" with its outcome; of an upstream "tcp_rtt" and "fast_open_saved" in microseconds. With `saved_syn` a client has
// "syn": what was left of its TTL, its window, the bytes of data it brought, and its options, which "options" lists by their
// kinds in the order in which they came.
//
// A worker never waits: it formats a line, puts it into a ring of its own, and one thread writes out all rings. When a
// ring is full, because the reader of the log is too slow, the line is dropped and counted.
//
//               wrote nothing                       wrote something
//   asleep ◄───────────────────── awake ─────────────────────────────► gathering
//      └────── first line ──────►   ▲ ◄─── 20 ms, or a ring is filling ────┘
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "observe/cell.h"
#include "observe/log_file.h"
#include "observe/names.h"
#include "timeline/recorder.h"

namespace gladhand::observe {

class LogNames;
class LogRing;
class LogWriter;

class AccessLog {
 public:
  struct Limits {
    std::size_t ring_bytes = 1024 * 1024;       // for each worker; a power of two
    std::chrono::milliseconds patience{2'000};  // of stop(), with a reader of the log that has stopped reading
  };

  // Opens config.log.access.file and starts the thread. `config` is not kept.
  static Expected<std::unique_ptr<AccessLog>> open(const config::Config& config, std::size_t workers, Limits limits);
  static Expected<std::unique_ptr<AccessLog>> open(const config::Config& config, std::size_t workers) {
    return open(config, workers, Limits());
  }
  ~AccessLog();

  // Writes the lines of one worker. Its functions belong to that worker's thread alone, and not beyond stop().
  timeline::Recorder& recorder(std::size_t worker);

  // Names that there are from now on, before a worker hears of them. Always on the thread of open().
  void learn(const Names& names);

  // For log rotation: goes on in the file that now has the name. On failure the old one stays in use.
  Expected<void> reopen();

  // Writes out everything that the workers have recorded, and ends the thread. The destructor does it, too.
  void stop();

  // Lines that were lost, because a ring was full or because they could not be written. From any thread.
  std::uint64_t dropped_full() const;
  std::uint64_t dropped_unwritten() const { return unwritten_.value(); }

  // To LogWriter, on the thread of that worker: puts a line, which ends in a newline, on its way.
  void publish(std::size_t worker, std::string_view line);

 private:
  enum class Mood : std::uint8_t {
    awake,      // looks at the rings before it rests again
    gathering,  // waits a moment, so that one write takes many lines; to be woken when a ring is filling
    asleep,     // waits for ever; to be woken for any line
  };
  struct Lane;  // what one worker has

  AccessLog(const Names& names, LogFile file, std::size_t workers, std::size_t ring_bytes, int wake_fd);
  void run();
  bool write_out();
  std::size_t write_out(LogRing& ring);
  void rest(bool is_busy);
  bool is_anything_there() const;
  void wake();

  const std::unique_ptr<LogNames> names_;
  LogFile file_;
  const int wake_fd_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  Count unwritten_;
  std::atomic<Mood> mood_{Mood::awake};
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

}  // namespace gladhand::observe
