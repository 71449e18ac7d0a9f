// A configuration and records to try the sinks with, and a reader of what Metrics renders.
#pragma once

#include <charconv>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "config/config.h"
#include "support/scratch_folder.h"
#include "timeline/recorder.h"

namespace gladhand::observe {

using namespace std::chrono_literals;
using timeline::ConnectionMark;
using timeline::ExchangeMark;
using timeline::Side;

// Listeners 0 "web" (plain) and 1 "secure" (TLS); upstreams 0 "api" (plain) and 1 "files" (TLS); routes 0 "/api/*" and 1
// "example.com".
inline config::Config sample_config() {
  config::Config config;
  config.listeners = {{.name = "web", .address = ":80"}, {.name = "secure", .address = ":443", .has_tls = true}};
  config.upstreams = {{.name = "api", .endpoints = {{.url = "http://a"}}},
                      {.name = "files", .endpoints = {{.url = "http://b"}, {.url = "https://c", .scheme = config::Scheme::https}}}};
  config.routes = {{.match = {.host = {}, .path = {"/api/*"}}, .upstream = "api", .upstream_index = 0},
                   {.match = {.host = {"example.com"}, .path = {}}, .upstream = "files", .upstream_index = 1}};
  return config;
}

enum : std::uint16_t {
  kWeb,
  kSecure
};
enum : std::uint16_t {
  kApi,
  kFiles
};

inline timeline::ConnectionRecord plain_client() {
  timeline::ConnectionRecord record;
  record.id = 1;
  record.owner = kWeb;
  record.timeline.mark(ConnectionMark::started, 1ms);
  record.timeline.mark(ConnectionMark::connected, 1ms);
  record.timeline.mark(ConnectionMark::ready, 1ms);
  record.stage = ConnectionMark::ready;
  record.tcp.handshake_rtt = 20ms;
  record.tcp.accept_wait = 0ms;
  record.peer = "192.0.2.1:50000";
  return record;
}

// ClientHello 30 ms after accept; 2 ms for our flight, 21 ms for the client's; secured 24 ms after the hello's first
// byte.
inline timeline::ConnectionRecord tls_client() {
  timeline::ConnectionRecord record;
  record.id = 2;
  record.owner = kSecure;
  record.is_tls = true;
  record.timeline.mark(ConnectionMark::started, 1ms);
  record.timeline.mark(ConnectionMark::connected, 1ms);
  record.timeline.mark(ConnectionMark::first_byte, 31ms);
  record.timeline.mark(ConnectionMark::client_hello, 32ms);
  record.timeline.mark(ConnectionMark::server_flight, 34ms);
  record.timeline.mark(ConnectionMark::client_finished, 55ms);
  record.timeline.mark(ConnectionMark::secured, 55ms);
  record.timeline.mark(ConnectionMark::ready, 55ms);
  record.stage = ConnectionMark::ready;
  record.tcp.handshake_rtt = 20ms;
  record.tls = {.version = timeline::TlsVersion::tls1_3,
                .cipher = "TLS_AES_128_GCM_SHA256",
                .group = "X25519",
                .alpn = "h2",
                .compute = 300us};
  record.peer = "192.0.2.1:50001";
  record.sni = "example.com";
  return record;
}

inline timeline::ConnectionRecord dialled_upstream() {
  timeline::ConnectionRecord record;
  record.id = 3;
  record.side = Side::upstream;
  record.owner = kApi;
  record.timeline.mark(ConnectionMark::started, 60ms);
  record.timeline.mark(ConnectionMark::connected, 64ms);
  record.timeline.mark(ConnectionMark::ready, 64ms);
  record.stage = ConnectionMark::ready;
  return record;
}

// ClientHello 5 ms after the dial; ServerHello 20 ms later, its certificate checked 2 ms after that, secured 23 ms after
// the ClientHello.
inline timeline::ConnectionRecord tls_upstream() {
  timeline::ConnectionRecord record;
  record.id = 4;
  record.side = Side::upstream;
  record.owner = kFiles;
  record.is_tls = true;
  record.timeline.mark(ConnectionMark::started, 60ms);
  record.timeline.mark(ConnectionMark::connected, 64ms);
  record.timeline.mark(ConnectionMark::client_hello, 65ms);
  record.timeline.mark(ConnectionMark::first_byte, 85ms);
  record.timeline.mark(ConnectionMark::server_hello, 85ms);
  record.timeline.mark(ConnectionMark::cert_verified, 87ms);
  record.timeline.mark(ConnectionMark::secured, 88ms);
  record.timeline.mark(ConnectionMark::ready, 88ms);
  record.stage = ConnectionMark::ready;
  record.tls = {.version = timeline::TlsVersion::tls1_3,
                .cipher = "TLS_AES_128_GCM_SHA256",
                .group = "X25519",
                .alpn = "h2",
                .compute = 3ms,
                .verify = 1ms};
  return record;
}

// 200 from upstream "api" to a client of listener "web": 5 ms for a stream, 7 ms to the head, 20 ms in all.
inline timeline::ExchangeRecord served_exchange() {
  timeline::ExchangeRecord record;
  record.timeline.mark(ExchangeMark::head_received, 60ms);
  record.timeline.mark(ExchangeMark::upstream_asked, 60ms);
  record.timeline.mark(ExchangeMark::upstream_ready, 65ms);
  record.timeline.mark(ExchangeMark::head_sent, 66ms);
  record.timeline.mark(ExchangeMark::reply_head_received, 73ms);
  record.timeline.mark(ExchangeMark::finished, 80ms);
  record.listener = kWeb;
  record.route = 0;
  record.upstream_index = kApi;
  record.status = 200;
  record.attempts = 1;
  record.method = "GET";
  record.scheme = "http";
  record.authority = "example.com";
  record.target = "/api/1?a=b";
  record.version = "HTTP/1.1";
  record.endpoint = "10.0.0.1:80";
  record.request_body_bytes = 3;
  record.response_body_bytes = 512;
  return record;
}

// Series of the text format by name and labels as they are written: `up{job="x"}`.
inline std::map<std::string, double> parse_metrics(const std::string& text) {
  std::map<std::string, double> series;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto space = line.rfind(' ');
    EXPECT_TRUE(series.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second) << "twice: " << line;
  }
  return series;
}

inline std::string read_all(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace gladhand::observe
