#include "observe/access_log.h"

#include <cmath>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "unit/observe/sample.h"

namespace gladhand::observe {
namespace {

using namespace std::string_literals;
using nlohmann::json;

class AccessLogTest : public testing::Test {
 protected:
  void SetUp() override {
    auto config = sample_config();
    config.log.access.file = path;
    auto opened = AccessLog::open(config, 2);
    ASSERT_TRUE(opened) << opened.error().detail;
    log = std::move(*opened);
  }
  timeline::Recorder& recorder() { return log->recorder(0); }
  std::vector<json> written() {
    log->stop();
    std::vector<json> lines;
    for (const auto& line : lines_of(read_all(path))) lines.push_back(json::parse(line));
    return lines;
  }
  json only_line() {
    const auto lines = written();
    EXPECT_EQ(lines.size(), 1u);
    return lines.empty() ? json() : lines.front();
  }

  test::ScratchFolder scratch;
  const std::string path = scratch / "access.log";
  std::unique_ptr<AccessLog> log;
};

TEST_F(AccessLogTest, names_are_those_of_the_ids_whatever_the_configuration_says_now) {
  Names names(sample_config());
  config::Config next = sample_config();
  next.listeners = {{.name = "third", .address = ":81"}};
  next.routes[0].match.path = {"/quoted\"/*"};
  ASSERT_TRUE(names.learn(next));
  log->learn(names);
  auto record = served_exchange();
  const auto client = plain_client();
  record.client = &client;
  recorder().exchange_ended(record);  // of a connection to a listener that is gone
  record.listener = 2;
  record.route = 2;
  recorder().exchange_ended(record);
  const auto lines = written();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["listener"], "web");
  EXPECT_EQ(lines[0]["route"], "/api/*");
  EXPECT_EQ(lines[1]["listener"], "third");
  EXPECT_EQ(lines[1]["route"], "/quoted\"/*");
}

TEST_F(AccessLogTest, an_exchange_is_a_line) {
  auto client = plain_client();
  client.timeline.mark(ConnectionMark::first_head, 5ms);
  const auto upstream = dialled_upstream();
  auto record = served_exchange();
  record.client = &client;
  record.upstream = &upstream;
  record.is_first_of_client = record.is_first_of_upstream = true;
  record.user_agent = "curl/8";
  recorder().exchange_ended(record);

  auto line = only_line();
  line.erase("time");
  EXPECT_EQ(line, json::parse(R"({
    "event": "exchange", "listener": "web", "route": "/api/*", "method": "GET", "scheme": "http", "authority": "example.com",
    "target": "/api/1?a=b", "version": "HTTP/1.1", "user_agent": "curl/8", "status": 200, "request_body_bytes": 3,
    "response_body_bytes": 512, "attempts": 1, "duration": 20000,
    "client": {"id": 1, "peer": "192.0.2.1:50000", "reused": false, "tcp": 20000, "accept_wait": 0, "first_request": 4000},
    "upstream": {"name": "api", "endpoint": "10.0.0.1:80", "id": 3, "reused": false, "tcp": 4000, "pool_wait": 5000, "first_byte": 7000}})"));
}

TEST_F(AccessLogTest, a_handshake_stands_on_the_first_exchange_of_its_connection_only) {
  const auto client = tls_client();
  const auto upstream = dialled_upstream();
  auto record = served_exchange();
  record.listener = kSecure;
  record.client = &client;
  record.upstream = &upstream;
  record.is_first_of_client = record.is_first_of_upstream = true;
  recorder().exchange_ended(record);
  record.is_first_of_client = record.is_first_of_upstream = false;
  recorder().exchange_ended(record);

  const auto lines = written();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["client"],
            json::parse(R"({"id": 2, "peer": "192.0.2.1:50001", "reused": false, "sni": "example.com",
    "tls_version": "1.3", "cipher": "TLS_AES_128_GCM_SHA256", "group": "X25519", "alpn": "h2", "resumed": false, "tcp": 20000,
    "client_hello_wait": 30000, "tls_server_flight": 2000, "tls_client_flight": 21000, "tls": 24000, "tls_compute": 300})"));
  EXPECT_EQ(lines[1]["client"], json::parse(R"({"id": 2, "peer": "192.0.2.1:50001", "reused": true})"));
  EXPECT_EQ(lines[1]["upstream"], json::parse(R"({"name": "api", "endpoint": "10.0.0.1:80", "id": 3, "reused": true,
    "pool_wait": 5000, "first_byte": 7000})"));
}

TEST_F(AccessLogTest, header_fields_that_were_asked_for_are_two_objects_whatever_they_hold) {
  auto record = served_exchange();
  const std::vector<timeline::LoggedField> sent{{"x-id", "7\"}\n"}, {"accept", ""}};
  const std::vector<timeline::LoggedField> answered{{"etag", "1"}};
  record.request_fields = sent;
  record.response_fields = answered;
  recorder().exchange_ended(record);
  record.request_fields = {};
  recorder().exchange_ended(record);
  const auto lines = written();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["request_headers"], json::parse(R"({"x-id": "7\"}\n", "accept": ""})"));
  EXPECT_EQ(lines[0]["response_headers"], json::parse(R"({"etag": "1"})"));
  EXPECT_FALSE(lines[1].contains("request_headers"));
}

TEST_F(AccessLogTest, the_longest_fields_of_the_most_names_still_fit_a_line_beside_the_longest_texts) {
  auto client = plain_client();
  auto record = served_exchange();
  const std::string longest(64 * 1024, '\xff');
  record.client = &client;
  client.peer = client.tcp_peer = client.tag = client.sni = longest;
  record.method = record.authority = record.target = record.user_agent = record.referer = longest;
  std::vector<std::string> names;
  std::vector<timeline::LoggedField> fields;
  for (std::size_t i = 0; i < config::kMostLogged; ++i) names.push_back(std::string(62, 'n') + std::to_string(10 + i));
  for (const std::string& name : names) fields.push_back({name, longest});
  record.request_fields = record.response_fields = fields;
  recorder().exchange_ended(record);
  const auto line = only_line();
  EXPECT_EQ(line["request_headers"].size(), config::kMostLogged);
  EXPECT_EQ(line["response_headers"].size(), config::kMostLogged);
  EXPECT_LE(line["response_headers"][names.back()].get<std::string>().size(), config::kMostLoggedBytes + 3);
}

TEST_F(AccessLogTest, who_sent_a_proxy_header_stands_beside_the_client_that_it_named) {
  auto client = tls_client();
  client.tcp_peer = "10.0.0.5:40000";
  client.timeline.mark(ConnectionMark::proxy_header, 11ms);
  auto record = served_exchange();
  record.client = &client;
  record.is_first_of_client = true;
  recorder().exchange_ended(record);
  record.is_first_of_client = false;
  recorder().exchange_ended(record);
  client.result = Code::timeout;
  client.timeline.mark(ConnectionMark::closed, 90ms);
  recorder().connection_ended(client);

  const auto lines = written();
  ASSERT_EQ(lines.size(), 3u);
  for (const auto& line : lines) {
    EXPECT_EQ(line["client"]["peer"], "192.0.2.1:50001");
    EXPECT_EQ(line["client"]["tcp_peer"], "10.0.0.5:40000");
  }
  EXPECT_EQ(lines[0]["client"]["proxy_protocol"], 10000);
  EXPECT_EQ(lines[0]["client"]["client_hello_wait"], 20000);
  EXPECT_FALSE(lines[1]["client"].contains("proxy_protocol"));
}

TEST_F(AccessLogTest, an_exchange_in_early_data_says_so_and_nothing_of_a_handshake_that_goes_on) {
  auto client = tls_client();
  client.timeline = {};
  client.timeline.mark(ConnectionMark::started, 1ms);
  client.timeline.mark(ConnectionMark::connected, 1ms);
  client.timeline.mark(ConnectionMark::first_byte, 31ms);
  client.timeline.mark(ConnectionMark::client_hello, 32ms);
  client.timeline.mark(ConnectionMark::server_flight, 34ms);
  client.tls.early_data = timeline::EarlyData::accepted;
  auto record = served_exchange();
  record.client = &client;
  record.is_first_of_client = true;
  record.early = timeline::Early::forwarded;
  recorder().exchange_ended(record);
  const auto line = only_line();
  EXPECT_EQ(line["early"], "forwarded");
  EXPECT_EQ(line["client"]["early_data"], "accepted");
  EXPECT_EQ(line["client"]["tls_version"], "1.3");
  for (const char* phase : {"tcp", "client_hello_wait", "tls_server_flight", "tls", "tls_compute"}) EXPECT_FALSE(line["client"].contains(phase)) << phase;
}

TEST_F(AccessLogTest, what_is_known_of_a_session_stands_beside_its_handshake) {
  auto client = tls_client();
  client.tls.sni_class = timeline::SniClass::served;
  client.tls.signature = "ecdsa_sha256";
  client.tls.bytes_received = 620;
  client.tls.bytes_sent = 1400;
  client.tls.ja4 = timeline::Ja4("t13d1516h2_8daaf6152771_e5627efa2ab1");
  client.tls.retried = true;
  client.tls.alert_sent = std::uint8_t{100};
  client.tls.alert_received = std::uint8_t{90};
  auto record = served_exchange();
  record.client = &client;
  record.is_first_of_client = true;
  recorder().exchange_ended(record);
  client.tls.resumed = true;
  client.tls.resumption = timeline::Resumption::psk;
  client.tls.signature = {};
  client.tls.retried = false;
  recorder().exchange_ended(record);

  const auto lines = written();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["client"]["sni_class"], "served");
  EXPECT_EQ(lines[0]["client"]["signature"], "ecdsa_sha256");
  EXPECT_EQ(lines[0]["client"]["tls_bytes_received"], 620);
  EXPECT_EQ(lines[0]["client"]["tls_bytes_sent"], 1400);
  EXPECT_EQ(lines[0]["client"]["retried"], true);
  EXPECT_EQ(lines[0]["client"]["ja4"], "t13d1516h2_8daaf6152771_e5627efa2ab1");
  EXPECT_EQ(lines[0]["client"]["alert_sent"], "no_renegotiation");
  EXPECT_EQ(lines[0]["client"]["alert_received"], "user_canceled");
  EXPECT_FALSE(lines[0]["client"].contains("resumption"));
  EXPECT_EQ(lines[1]["client"]["resumption"], "psk");
  EXPECT_FALSE(lines[1]["client"].contains("signature"));
  EXPECT_FALSE(lines[1]["client"].contains("retried"));
}

TEST_F(AccessLogTest, a_tunnel_tells_what_was_seen_inside) {
  auto client = plain_client();
  auto record = served_exchange();
  record.client = &client;
  record.method = "CONNECT";
  record.tunnel = timeline::TunnelFacts{.inside = timeline::TunnelFacts::Inside::tls, .offered = 0x0304, .version = 0x0303,
                                        .server_name = timeline::TunnelFacts::ServerName::same, .offers_h2 = true, .was_retried = true,
                                        .resumed = false, .tls = 4ms};
  recorder().exchange_ended(record);
  record.tunnel = timeline::TunnelFacts{.inside = timeline::TunnelFacts::Inside::opaque};
  recorder().exchange_ended(record);
  const auto lines = written();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["tunnel"], json::parse(R"({"inside": "tls", "tls_offered": "1.3", "tls_version": "1.2", "server_name": "same", "offers_h2": true,
                                               "offers_http1_1": false, "retried": true, "resumed": false, "tls": 4000})"));
  EXPECT_EQ(lines[1]["tunnel"], json::parse(R"({"inside": "opaque"})"));
}

TEST_F(AccessLogTest, durations_are_rounded_to_microseconds) {
  timeline::ExchangeRecord record;
  record.timeline.mark(ExchangeMark::head_received, 1ms);
  record.timeline.mark(ExchangeMark::finished, 1ms + 1500ns);
  recorder().exchange_ended(record);
  EXPECT_EQ(only_line()["duration"], 2);
}

TEST_F(AccessLogTest, an_exchange_that_met_nothing_says_only_what_is_known) {
  timeline::ExchangeRecord record;
  record.error = Code::client_closed;
  recorder().exchange_ended(record);
  auto line = only_line();
  line.erase("time");
  EXPECT_EQ(line,
            json::parse(R"({"event": "exchange", "listener": "web", "error": "client_closed", "request_body_bytes": 0,
    "response_body_bytes": 0, "duration": 0})"));
}

TEST_F(AccessLogTest, a_local_reply_says_that_it_is_one) {
  timeline::ExchangeRecord record;
  record.status = 404;
  record.error = Code::no_route;
  recorder().exchange_ended(record);
  auto cut_short = served_exchange();
  cut_short.error = Code::truncated_response;
  recorder().exchange_ended(cut_short);
  const auto lines = written();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["local_reply"], true);
  EXPECT_EQ(lines[0]["error"], "no_route");
  EXPECT_FALSE(lines[1].contains("local_reply"));
  EXPECT_EQ(lines[1]["error"], "truncated_response");
}

TEST_F(AccessLogTest, a_connection_that_never_carried_an_exchange_is_a_line_and_another_is_not) {
  auto record = tls_client();
  record.exchanges = 1;
  recorder().connection_ended(record);
  recorder().connection_ended(dialled_upstream());
  record = {};
  record.id = 9;
  record.owner = kSecure;
  record.is_tls = true;
  record.timeline.mark(ConnectionMark::started, 1ms);
  record.timeline.mark(ConnectionMark::connected, 1ms);
  record.timeline.mark(ConnectionMark::first_byte, 4ms);
  record.timeline.mark(ConnectionMark::closed, 10ms);
  record.result = Code::timeout;
  record.stage = ConnectionMark::first_byte;
  record.ended_by = Code::timeout;
  record.bytes_in = 17;
  record.peer = "[2001:db8::1]:5";
  recorder().connection_ended(record);

  auto line = only_line();
  line.erase("time");
  EXPECT_EQ(line,
            json::parse(R"({"event": "connection", "listener": "secure", "result": "timeout", "stage": "first_byte",
    "ended_by": "timeout", "bytes_in": 17, "bytes_out": 0, "duration": 9000,
    "client": {"id": 9, "peer": "[2001:db8::1]:5", "client_hello_wait": 3000, "tls_compute": 0}})"));
}

TEST_F(AccessLogTest, the_time_is_when_the_request_came) {
  timeline::ExchangeRecord record;
  record.timeline.mark(ExchangeMark::head_received, 1s);
  record.timeline.mark(ExchangeMark::finished, 3601s);
  const auto before = std::chrono::system_clock::now() - 1h;
  recorder().exchange_ended(record);
  const auto after = std::chrono::system_clock::now() - 1h;

  const std::string text = only_line()["time"];
  std::tm tm{};
  int micros = 0;
  ASSERT_EQ(std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d.%6dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
                        &tm.tm_min, &tm.tm_sec, &micros),
            7);
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  const auto time = std::chrono::system_clock::from_time_t(timegm(&tm)) + std::chrono::microseconds(micros);
  EXPECT_GE(time, std::chrono::floor<std::chrono::microseconds>(before));
  EXPECT_LE(time, after);
}

TEST_F(AccessLogTest, hostile_bytes_in_every_text_cannot_leave_their_place) {
  const std::string hostile = "\"},\n{\"status\":999,\"x\":\"\r\\\0\x1b[2J\xff\xc0\xaf\xe2\x80\xa8"s;
  const std::string endless(100'000, '\x01');
  for (const std::string_view bytes : {std::string_view(hostile), std::string_view(endless)}) {
    auto client = tls_client(), upstream = dialled_upstream();
    client.peer = client.sni = upstream.sni = bytes;
    client.tls.cipher = client.tls.group = client.tls.alpn = bytes;
    upstream.tls = client.tls;
    auto record = served_exchange();
    record.client = &client;
    record.upstream = &upstream;
    record.is_first_of_client = record.is_first_of_upstream = true;
    record.method = record.scheme = record.authority = record.target = record.version = record.user_agent =
        record.referer = record.endpoint = bytes;
    recorder().exchange_ended(record);
  }
  const auto lines = written();
  ASSERT_EQ(lines.size(), 2u);
  for (const auto& line : lines) {
    EXPECT_EQ(line["status"], 200);
    EXPECT_EQ(line["client"]["id"], 2);
    EXPECT_EQ(line["upstream"]["first_byte"], 7000);
    EXPECT_EQ(line["target"], line["client"]["sni"]);
  }
  EXPECT_EQ(log->dropped_full(), 0u);
}

TEST_F(AccessLogTest, a_line_is_written_without_another_one_or_a_stop_to_push_it) {
  for (std::size_t round = 1; round <= 3; ++round) {
    usleep(50'000);  // longer than it gathers: the writing thread is asleep
    recorder().exchange_ended(served_exchange());
    for (int i = 0; i < 5000 && lines_of(read_all(path)).size() < round; ++i) usleep(1000);
    EXPECT_EQ(lines_of(read_all(path)).size(), round);
  }
}

TEST_F(AccessLogTest, a_full_ring_loses_whole_lines_and_counts_them) {
  // A FIFO that nobody empties yet holds the writing thread up; its pipe and the ring together take some of the lines.
  const std::string fifo = scratch / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
  auto config = sample_config();
  config.log.access.file = fifo;
  auto opened = AccessLog::open(config, 1, {.ring_bytes = 16 * 1024});
  ASSERT_TRUE(opened);
  constexpr std::size_t kLines = 2000;
  auto record = served_exchange();
  for (std::size_t i = 0; i < kLines; ++i) {
    const std::string target = "/" + std::to_string(i) + std::string(i % 700, 'x');
    record.target = target;
    (*opened)->recorder(0).exchange_ended(record);
  }
  const std::uint64_t dropped = (*opened)->dropped_full();
  EXPECT_GT(dropped, 0u);

  std::string bytes;
  std::thread reading([&] {
    fcntl(reader, F_SETFL, 0);
    char piece[1000];
    for (ssize_t n; (n = read(reader, piece, sizeof piece)) > 0;) bytes.append(piece, static_cast<std::size_t>(n));
  });
  (*opened)->stop();
  EXPECT_EQ((*opened)->dropped_unwritten(), 0u);
  opened->reset();
  reading.join();
  close(reader);

  const auto lines = lines_of(bytes);
  EXPECT_EQ(lines.size() + dropped, kLines);
  long last = -1;
  for (const auto& line : lines) {
    const auto parsed = json::parse(line);
    const std::string target = parsed["target"];
    const long i = std::stol(target.substr(1));
    EXPECT_EQ(target, "/" + std::to_string(i) + std::string(static_cast<std::size_t>(i % 700), 'x'));
    EXPECT_GT(i, last);
    last = i;
  }
}

TEST_F(AccessLogTest, stopping_gives_up_a_reader_that_has_stopped_and_counts_what_it_lost) {
  const std::string fifo = scratch / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
  auto config = sample_config();
  config.log.access.file = fifo;
  auto opened = AccessLog::open(config, 1, {.patience = 100ms});
  ASSERT_TRUE(opened);
  constexpr std::size_t kLines = 2000;
  for (std::size_t i = 0; i < kLines; ++i) (*opened)->recorder(0).exchange_ended(served_exchange());
  (*opened)->stop();

  std::string bytes(1'000'000, '\0');
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(0, read(reader, bytes.data(), bytes.size()))));
  close(reader);
  const auto whole = static_cast<std::size_t>(std::ranges::count(bytes, '\n'));
  EXPECT_GT((*opened)->dropped_unwritten(), 0u);
  EXPECT_EQ(whole + (*opened)->dropped_unwritten() + (*opened)->dropped_full(), kLines);
}

TEST_F(AccessLogTest, rotation_loses_nothing) {
  for (int i = 0; i < 100; ++i) recorder().exchange_ended(served_exchange());
  std::filesystem::rename(path, scratch / "access.log.1");
  ASSERT_TRUE(log->reopen());
  for (int i = 0; i < 100; ++i) recorder().exchange_ended(served_exchange());
  const auto in_new = written().size();
  const auto in_old = lines_of(read_all(scratch / "access.log.1")).size();
  EXPECT_EQ(in_new + in_old, 200u);
  EXPECT_GE(in_new, 100u);
}

TEST_F(AccessLogTest, a_file_that_cannot_be_opened_is_an_error) {
  auto config = sample_config();
  config.log.access.file = scratch / "missing/access.log";
  const auto opened = AccessLog::open(config, 1);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().detail, "No such file or directory");
}

TEST_F(AccessLogTest, what_the_kernel_told_of_tcp_stands_with_the_handshake) {
  auto client = plain_client();
  client.tcp.handshake_rtt.reset();
  client.tcp.doubt = timeline::RttDoubt::fast_open;
  client.tcp.fast_open = timeline::FastOpen::accepted;
  client.tcp.is_known = client.tcp.timestamps = client.tcp.window_scaling = true;
  client.tcp.window_scale_sent = 9;
  client.tcp.window_scale_received = 7;
  client.tcp.mss = 1448;
  client.tcp.path_mtu = 1500;
  client.tcp.retransmits = 1;
  client.syn = timeline::SynFacts{.ttl = 57, .window = 64240, .data_bytes = 300, .mss = 1460, .options_size = 2, .options = {2, 4}};
  auto upstream = dialled_upstream();
  upstream.tcp.fast_open = timeline::FastOpen::accepted;
  upstream.tcp.handshake_rtt = 40ms;
  auto record = served_exchange();
  record.client = &client;
  record.upstream = &upstream;
  record.is_first_of_client = record.is_first_of_upstream = true;
  recorder().exchange_ended(record);
  record.is_first_of_client = record.is_first_of_upstream = false;
  recorder().exchange_ended(record);

  const auto lines = written();
  ASSERT_EQ(lines.size(), 2u);
  const json& of_client = lines[0]["client"];
  EXPECT_EQ(of_client["fast_open"], "accepted");
  EXPECT_EQ(of_client["tcp_rtt_withheld"], "fast_open");
  EXPECT_FALSE(of_client.contains("tcp") || of_client.contains("tcp_rtt"));
  EXPECT_EQ(of_client["syn_retransmits"], 1);
  EXPECT_EQ(of_client["mss"], 1448);
  EXPECT_EQ(of_client["path_mtu"], 1500);
  EXPECT_EQ(of_client["window_scale_sent"], 9);
  EXPECT_EQ(of_client["window_scale_received"], 7);
  EXPECT_EQ(of_client["tcp_timestamps"], true);
  EXPECT_EQ(of_client["sack"], false);
  EXPECT_EQ(of_client["ecn"], false);
  EXPECT_EQ(of_client["syn"], json::parse(R"({"ttl":57,"window":64240,"data_bytes":300,"mss":1460,"sack":false,"timestamps":false,
                                               "ecn":false,"options":[2,4]})"));
  EXPECT_EQ(lines[0]["upstream"]["tcp_rtt"], 40'000);
  EXPECT_EQ(lines[0]["upstream"]["fast_open_saved"], 40'000);
  EXPECT_FALSE(lines[0]["upstream"].contains("mss")) << "nobody asked the kernel";
  for (const auto* side : {"client", "upstream"}) EXPECT_FALSE(lines[1][side].contains("fast_open")) << side << " was charged already";
}

}  // namespace
}  // namespace gladhand::observe
