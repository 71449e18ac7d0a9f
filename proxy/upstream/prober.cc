//   resting ──due──► connecting ──connected──► asking ──answer, failure, or its time is over──► resting
//                        └── failed, or its time is over, or there is nothing to ask ──────────────┘
#include "upstream/prober.h"

#include <algorithm>

namespace gladhand::upstream {
namespace {

constexpr std::string_view kUserAgent = "Gladhand-Health-Check";
constexpr Nanos kUnclaimed = std::chrono::milliseconds(1);
constexpr std::uint32_t kMostConnections = 8;  // a dial that was given up may still be ending when the next begins

PoolSettings settings_of_checks(const config::Upstream& settings, const Clock& clock) {
  PoolSettings pool = pool_settings(settings, timeline::kNone, clock);
  pool.connection.connect_timeout = settings.health.timeout;
  pool.connection.idle_timeout = kUnclaimed;
  pool.max_connections = kMostConnections;
  pool.fast_open = false;
  return pool;
}

}  // namespace

Prober::Prober(const EndpointServices& services, ProberEvents& events, const config::Upstream& settings, std::size_t index,
               const io::Addresses& addresses, const tls::ClientContext* context, Nanos first)
    : loop_(services.loop),
      events_(events),
      settings_(settings.health),
      index_(index),
      scheme_(settings.endpoints[index].scheme == config::Scheme::https ? "https" : "http"),
      endpoint_(make_endpoint(services, settings, index, settings_of_checks(settings, services.loop.clock()), addresses, context, nullptr)),
      authority_(settings_.host.empty() ? std::string(endpoint_->authority()) : settings_.host),
      deadline_(services.loop.deadlines(), *this) {
  deadline_.arm(std::max(first, kUnclaimed));  // zero would be never
}

void Prober::on_deadline(io::Deadline&) {
  if (state_ == State::resting) return begin();
  end({Checkup::Result::timeout, state_ == State::connecting ? Code::connect_timeout : Code::response_timeout});
}

void Prober::begin() {
  state_ = State::connecting;
  status_ = 0;
  begun_ = loop_.now();
  deadline_.arm(settings_.timeout);
  auto lease = endpoint_->ask(*this, false);
  if (!lease) return fail(lease.error());
  if (lease->grip) on_stream_ready(std::move(lease->grip), *lease->connection);
}

void Prober::on_stream_ready(http::StreamGrip grip, const Connection&) {
  if (settings_.path.empty()) return end({});  // the grip goes with its stream, on which nothing was said
  state_ = State::asking;
  stream_ = std::move(grip);
  stream_->listen(*this);
  http::Head head;
  head.method = "GET";
  head.scheme = scheme_;
  head.authority = authority_;
  head.target = settings_.path;
  head.fields.add(http::FieldId::user_agent, "User-Agent", kUserAgent);
  stream_->send_head(head, http::End::yes);
}

void Prober::on_head(http::Head& head) {
  if (!head.is_informational()) status_ = head.status;
}

void Prober::on_body(Buffer&& body) { stream_->consumed(body.size()); }

void Prober::on_end() {
  const bool is_healthy = std::ranges::any_of(settings_.healthy, [this](const config::StatusRange& range) { return range.contains(status_); });
  end({is_healthy ? Checkup::Result::ok : Checkup::Result::failed, Code::ok, status_});
}

void Prober::fail(Error error) {
  const bool is_late = error.code == Code::connect_timeout || error.code == Code::timeout;
  end({is_late ? Checkup::Result::timeout : Checkup::Result::failed, error.code, status_});
}

void Prober::end(const Checkup& checkup) {
  give_up();
  stream_.drop();
  state_ = State::resting;
  deadline_.arm(std::max(begun_ + settings_.interval - loop_.now(), kUnclaimed));
  events_.on_checked(*this, checkup);
}

}  // namespace gladhand::upstream
