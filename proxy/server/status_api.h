// The state of the process over HTTP, read only, as JSON.
//
//   GET /api/v1/status      {"version":"…","state":"serving|unready|draining","started":"…","now":"…","uptime":µs,"workers":2,"cpu":µs,"admin":"127.0.0.1:9900",
//                            "configuration":{"last_reload_ok":true,"in_force_since":"…","reloads_ok":1,"reloads_failed":0},
//                            "notices":[{"topic":"fast_open","text":"…","cure":"sysctl …"}]}; cpu is the process's, user and system
//   GET /api/v1/listeners   {"connections":500,"listeners":[{"name":"https","address":"127.0.0.1:8443","mode":"reverse","tls":true,"protocols":["h2",…],
//                            "fast_open":256,"proxy_protocol":false,"accept_queue":{"depth":0,"limit":4096},
//                            "connections":{"attempted":9,"in_handshake":0,"open":1,"failed":1},"requests":9,"local_replies":0,"resets":0,
//                            "request_body_bytes":0,"response_body_bytes":900,
//                            "certificates":[{"subject":"…","issuer":"…","names":["…"],"not_before":"…","not_after":"…"}],
//                            "phases":[…]}]}; phases as those of the summary, of the listener's last so many connections
//   GET /api/v1/upstreams   {"connections":500,"upstreams":[{"name":"app","endpoints":[{"url":"http://127.0.0.1:3000",
//                            "state":"down","reason":"The endpoint answered 503.","since":"…"}],"connections":{…},
//                            "responses":{"1xx":0,…},"unanswered":0,"retries":0,"reuses":5,"phases":[…]}]}; phases as a listener's;
//                            state: unchecked, up, down (by health checks), or left_out (a worker could not connect just now);
//                            reason of what is down; since, where it has changed
//   GET /api/v1/routes      {"routes":[{"name":"/api/*","upstream":"app","responses":{"1xx":0,…},
//                            "duration":{"count":9,"p50":…,"p95":…,"p99":…}}]}: since the start, interpolated in the histogram
//                            gladhand_http_request_duration_seconds; "none" gathers what met no route
//   GET /api/v1/certificates {"certificates":[{"name":"web","file":"/etc/gladhand/web.pem","chain":[{"subject":"…",…}],"listeners":["https"],
//                            "upstreams":[]}]}: each as it is in use, the leaf first, and who shows it; one of our own making has no name
//                            and no file
//   GET /api/v1/summary     of the last ?limit=N connections of each side (observe/summary.h); 500 unless said, 10 000 at most
//   GET /api/v1/phases      {"awaited":[{"name":"network","help":"…"}],"phases":[{"side":"client","name":"tls","awaited":"several","marks":"connection",
//                            "from":"first_byte","to":"secured","help":"…"}]}: the catalogue; a phase that does not lie between two marks has none
//
// Counts are since the start. Times are microseconds, instants RFC 3339. Errors are as those of /api/v1/handshakes.
#pragma once

#include "server/overview.h"
#include "server/service.h"

namespace gladhand::server {

class StatusApi {
 public:
  explicit StatusApi(const Overview& overview) : overview_(overview) {}

  // Whether the path is one of the above.
  static bool owns(std::string_view path);
  Answer answer(std::string_view target) const;

 private:
  std::string status() const;
  std::string listeners() const;
  std::string upstreams() const;
  std::string routes() const;
  std::string certificates() const;
  Answer summary(std::string_view target) const;

  const Overview& overview_;
};

}  // namespace gladhand::server
