// Turns the records of one worker into lines of the access log (access_log.h shows one).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "observe/log_line.h"
#include "observe/growing.h"
#include "observe/names.h"
#include "timeline/phases.h"
#include "timeline/recorder.h"

namespace gladhand::observe {

class AccessLog;

// The names of Names as JSON strings, escaped once, by id. One thread adds, the workers read.
class LogNames {
 public:
  void learn(const Names& names);

  Growing<std::string> listeners, upstreams, routes;

 private:
  std::size_t known_listeners_ = 0, known_upstreams_ = 0, known_routes_ = 0;
};

class LogWriter final : public timeline::Recorder {
 public:
  LogWriter(const LogNames& names, AccessLog& log, std::size_t worker) : names_(names), log_(log), worker_(worker) {}

  void connection_attempted(timeline::Side, std::uint16_t) override {}
  void handshake_ended(const timeline::ConnectionRecord&) override {}
  void settings_exchanged(const timeline::ConnectionRecord&) override {}
  void connection_ended(const timeline::ConnectionRecord& record) override;
  void request_received(std::uint16_t) override {}
  void exchange_ended(const timeline::ExchangeRecord& record) override;
  void tunnel_opened(const timeline::ExchangeRecord&) override {}
  void tunnel_secured(const timeline::ExchangeRecord&) override {}
  void accept_paused(std::uint16_t) override {}

 private:
  void begin(std::string_view event, std::uint16_t listener, Nanos ago);
  void end();

  // A member with its key; `key` holds the comma, the quotes and the colon, as in `,"status":`.
  void number(std::string_view key, std::uint64_t n);
  void text(std::string_view key, std::string_view value);  // left out when it is empty
  void duration(std::string_view key, Nanos took);

  void request(const timeline::ExchangeRecord& record);
  void fields(std::string_view key, std::span<const timeline::LoggedField> fields);
  void client(const timeline::ExchangeRecord& record);
  void opening(const timeline::ConnectionRecord& connection);
  void upstream(const timeline::ExchangeRecord& record);
  void tunnel(const timeline::ExchangeRecord& record);
  void reused(bool is_reused);
  void tls(const timeline::ConnectionRecord& record);
  void tcp(const timeline::ConnectionRecord& record);
  struct Members;
  template <timeline::Known known, class Record>
  void phases(timeline::Side side, const Record& record);

  const LogNames& names_;
  AccessLog& log_;
  const std::size_t worker_;
  LogLine line_;
};

}  // namespace gladhand::observe
