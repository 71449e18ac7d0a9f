// One exchange through the plugins of a configuration, without a proxy around it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "filter/plugins.h"
#include "support/manual_clock.h"
#include "unit/config/reading.h"

namespace gladhand::filter {

// The plugins of a route, loaded from what stands behind `plugins = `.
class Loaded {
 public:
  explicit Loaded(std::string_view plugins, std::string_view more = {})
      : read_(config::read_toml(std::string(config::kListener) + std::string(config::kRoute) + "plugins = " + std::string(plugins) + "\n" + std::string(more))) {
    EXPECT_TRUE(read_.is_valid()) << config::render(read_.diagnostics);
    plugins_ = Plugins::load(read_.config, read_.source, problems, clock);
  }

  const Chain& chain() const { return plugins_->of(0, 0); }
  const Plugins& plugins() const { return *plugins_; }

  test::ManualClock clock;
  std::vector<config::Diagnostic> problems;

 private:
  config::Result read_;
  std::unique_ptr<const Plugins> plugins_;
};

class Ride {
 public:
  explicit Ride(const Chain& chain) : chain_(chain) {
    client.peer = "192.0.2.1:50000";
    record.client = &client;
    record.method = "GET";
    record.scheme = "http";
    record.authority = "shop.example:8080";
    record.target = "/a/b?c=d";
  }

  void request_field(std::string_view name, std::string_view value) { request.fields.add(http::field_id(name), name, value); }
  void reply_field(std::string_view name, std::string_view value) { reply.fields.add(http::field_id(name), name, value); }

  // Through all of the request; what is to be done aside is done.
  Verdict go() {
    walk_ = std::make_unique<Walk>(chain_, record, request, arena_);
    Verdict verdict = walk_->pass_request();
    for (; verdict == Verdict::aside; verdict = walk_->pass_request()) {
      walk_->aside_job()();
      ++asides;
    }
    if (verdict != Verdict::answered) return verdict;
    auto [head, text] = walk_->take_answer();
    reply = std::move(head);
    body = text.to_string();
    return verdict;
  }
  // The upstream's reply, in such pieces.
  void come_back(std::uint16_t status = 200, const std::vector<std::string>& pieces = {}, bool knows_length = true) {
    reply.status = status;
    reply.has_body = !pieces.empty();
    std::uint64_t length = 0;
    for (const std::string& piece : pieces) length += piece.size();
    if (knows_length) reply.content_length = length;
    walk_->pass_reply(reply);
    for (const std::string& piece : pieces) {
      Buffer bytes;
      bytes.append(piece);
      came.push_back(walk_->takes_body() ? walk_->pass_body(bytes, false).to_string() : piece);
      body += came.back();
    }
    if (walk_->takes_body()) body += walk_->pass_body({}, true).to_string();
    walk_->finish();
  }
  Walk& walk() { return *walk_; }

  // All values of a field, each followed by a bar.
  static std::string values(const http::Headers& fields, std::string_view name) {
    std::string all;
    for (const http::Field& field : fields) {
      if (http::equals_ignoring_case(field.name, name)) all += std::string(field.value) + "|";
    }
    return all;
  }
  std::string asked(std::string_view name) const { return values(request.fields, name); }
  std::string told(std::string_view name) const { return values(reply.fields, name); }

  timeline::ConnectionRecord client;
  timeline::ExchangeRecord record;
  http::Head request;
  http::Head reply;
  std::string body;
  std::vector<std::string> came;  // of the reply's body, for each piece
  int asides = 0;

 private:
  const Chain& chain_;
  Arena arena_;
  std::unique_ptr<Walk> walk_;
};

}  // namespace gladhand::filter
