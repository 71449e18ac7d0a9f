#include "support/speaker.h"

#include <algorithm>

namespace gladhand::test {
namespace {

http::Headers viewed(const Fields& fields) {
  http::Headers headers;
  for (const auto& [name, value] : fields) headers.add(http::field_id(name), name, value);
  return headers;
}

Fields copied(const http::Headers& headers) {
  Fields fields;
  for (const http::Field& field : headers) fields.emplace_back(field.name, field.value);
  return fields;
}

}  // namespace

// ---- one talk

void Talk::begin(http::Stream& stream) {
  grip_ = http::StreamGrip(stream);
  stream.listen(*this);
}

void Talk::send_head(http::Head& head, const Fields& with, http::End last) {
  if (!grip_) return;
  head.fields = viewed(with);
  head.has_body = last == http::End::no;
  grip_->send_head(head, last);
  is_said_ = last == http::End::yes;
}

Talk& Talk::say(std::string_view more) {
  unsaid_ += more;
  return *this;
}

Talk& Talk::end(Fields last_words) {
  last_words_ = std::move(last_words);
  ends_ = true;
  return *this;
}

void Talk::reply(int code, std::string_view text, const Fields& with) { begin_reply(code, text.size(), with).say(text).end(); }

Talk& Talk::begin_reply(int code, std::optional<std::uint64_t> size, const Fields& with) {
  http::Head head;
  head.status = static_cast<std::uint16_t>(code);
  head.content_length = size;
  send_head(head, with, http::End::no);
  return *this;
}

void Talk::reply_without_body(int code, std::optional<std::uint64_t> size, const Fields& with) {
  http::Head head;
  head.status = static_cast<std::uint16_t>(code);
  head.content_length = size;
  send_head(head, with, http::End::yes);
}

void Talk::inform(int code, const Fields& with) {
  http::Head head;
  head.status = static_cast<std::uint16_t>(code);
  send_head(head, with, http::End::no);
}

void Talk::resume() {
  takes_ = true;
  if (grip_ && owed_ > 0) grip_->consumed(std::exchange(owed_, 0));
}

// Says what the codec takes. Both ends done: the stream is free.
bool Talk::pump() {
  constexpr std::size_t kPiece = 32 * 1024;
  bool was_busy = false;
  if (!grip_) return false;
  while (said_ < unsaid_.size() && grip_->writable() > 0) {
    Buffer piece;
    const std::string_view next = std::string_view(unsaid_).substr(said_, kPiece);
    piece.append(next);
    said_ += next.size();
    grip_->send_body(std::move(piece), http::End::no);
    was_busy = true;
  }
  if (ends_ && said_ == unsaid_.size() && !std::exchange(is_said_, true)) {
    last_words_.empty() ? grip_->send_body({}, http::End::yes) : grip_->send_trailers(viewed(last_words_));
    was_busy = true;
  }
  if (is_said_ && is_complete) grip_.drop();
  return was_busy;
}

void Talk::on_head(http::Head& head) {
  if (head.is_informational()) return informed.push_back(head.status);
  has_head = true;
  status = head.status;
  method = head.method;
  target = head.target;
  authority = head.authority;
  length = head.content_length;
  fields = copied(head.fields);
}

void Talk::on_body(Buffer&& bytes) {
  const std::size_t size = bytes.size();
  for (const Slice& slice : bytes.slices()) body += slice.view();
  bytes.clear();
  if (takes_) {
    grip_->consumed(size);
  } else {
    owed_ += size;
  }
}

void Talk::on_trailers(const http::Headers& came) { trailers = copied(came); }

std::string Talk::field(std::string_view name) const {
  const auto found = std::ranges::find_if(fields, [&](const auto& field) { return http::equals_ignoring_case(field.first, name); });
  return found == fields.end() ? "" : found->second;
}

bool Talk::await(const std::function<bool()>& happened) {
  stage_.run_until([&] { return happened() || is_lost; });
  return happened();
}

Talk& Talk::expect_head(int wanted, const Where& where) {
  if (!await([&] { return has_head; })) {
    fail_at(where, is_lost ? "no head came, but the end" : "no head came");
  } else if (status != wanted) {
    fail_at(where, fmt::format("the answer was {}, not {}", status, wanted));
  }
  return *this;
}

Talk& Talk::expect(int wanted, const Where& where) {
  expect_head(wanted, where);
  if (!await([&] { return is_complete; })) fail_at(where, fmt::format("the message {} after {} bytes", is_lost ? "broke off" : "stopped", body.size()));
  return *this;
}

Talk& Talk::expect(int wanted, std::string_view wanted_body, const Where& where) {
  expect(wanted, where);
  return expect_body(wanted_body, where);
}

Talk& Talk::expect_body(std::string_view wanted, const Where& where) {
  if (!await([&] { return is_complete; })) fail_at(where, fmt::format("the message {} after {} bytes", is_lost ? "broke off" : "stopped", body.size()));
  if (body != wanted) fail_at(where, fmt::format("the body was {} bytes, `{}`, not {}, `{}`", body.size(), body.substr(0, 100), wanted.size(), wanted.substr(0, 100)));
  return *this;
}

Talk& Talk::expect_heard(std::size_t bytes, const Where& where) {
  if (!await([&] { return body.size() >= bytes; })) fail_at(where, fmt::format("{} bytes came, not {}", body.size(), bytes));
  return *this;
}

Talk& Talk::expect_informed(int wanted, const Where& where) {
  if (!await([&] { return std::ranges::count(informed, wanted) > 0; })) fail_at(where, fmt::format("no {} came", wanted));
  return *this;
}

void Talk::expect_broken(const Where& where) {
  expect_lost(where);
  if (is_complete) fail_at(where, fmt::format("the message looks complete, with {} bytes", body.size()));
}

void Talk::expect_lost(const Where& where) {
  if (!stage_.run_until([&] { return is_lost; })) fail_at(where, fmt::format("nobody gave up, after {} bytes", body.size()));
}

// ---- the connection

void Speaker::begin(http::Role role, codec::Protocol protocol, std::uint32_t streams) {
  codec::Settings settings;
  settings.clock = &clock_;
  settings.streams = streams;
  codec_ = codec::make(protocol, role, *this, settings);
  stage_.enter(*this);
}

void Speaker::close() {
  is_gone_ = true;
  line_.close();
}

void Speaker::vanish() {
  is_gone_ = true;
  line_.vanish();
}

void Speaker::expect_over(const Where& where) {
  if (!stage_.run_until([&] { return is_gone_ || line_.is_over(); })) fail_at(where, "the connection is still open");
}

void Speaker::expect_open(const Where& where) {
  stage_.run_until_quiet();
  if (is_gone_ || line_.is_over()) fail_at(where, "the connection is over");
}

bool Speaker::act() {
  if (is_gone_) return false;
  bool was_busy = receive();
  was_busy |= say();
  say_goodbye();
  return was_busy;
}

bool Speaker::receive() {
  if (!codec_->wants_input()) {
    line_.pause_reading();
    return false;
  }
  line_.resume_reading();
  in_.append(line_.received());
  line_.received().clear();
  const std::size_t before = in_.size();
  if (before > 0 && !codec_->receive(in_)) in_.clear();
  if (line_.is_over() && in_.empty() && !std::exchange(has_ended_, true)) {
    line_.was_reset() ? codec_->fail({Code::reset}) : codec_->end_input();
    return true;
  }
  return in_.size() != before;
}

bool Speaker::say() {
  bool was_busy = false;
  if (line_.unsent() < kMostUnsent) {
    codec_->announce_writable();
    for (std::size_t i = 0; i < talks_.size(); ++i) was_busy |= talks_[i]->pump();
  }
  while (codec_->pending_bytes() > 0 && line_.unsent() < kMostUnsent) {
    Buffer out;
    codec_->produce(out);
    if (out.empty()) break;
    line_.send(out.to_string());
    was_busy = true;
  }
  if (codec_->has_ended_output() && codec_->pending_bytes() == 0 && line_.unsent() == 0 && !std::exchange(said_goodbye_, true)) line_.end();
  return was_busy;
}

void Speaker::say_goodbye() {
  if (said_goodbye_ || !codec_->is_finished() || codec_->pending_bytes() > 0 || line_.unsent() > 0) return;
  said_goodbye_ = true;
  if (codec_->closing() == http::Closing::abortive) return vanish();
  line_.end();
}

// ---- the caller

Talk& Caller::send(http::Head& head, const Fields& fields, http::End end) {
  Talk& talk = add_talk();
  if (http::Stream* stream = codec_->open()) {
    talk.begin(*stream);
    head.scheme = "http";
    if (head.authority.empty()) head.authority = "shop.example";
    talk.send_head(head, fields, end);
  } else {
    ADD_FAILURE() << "no request can be made now";
    talk.is_lost = true;
  }
  return talk;
}

Talk& Caller::ask(std::string_view method, std::string_view target, const Fields& fields) {
  http::Head head;
  head.method = method;
  head.target = target;
  return send(head, fields, http::End::yes);
}

Talk& Caller::begin(std::string_view method, std::string_view target, std::optional<std::uint64_t> length, const Fields& fields) {
  http::Head head;
  head.method = method;
  head.target = target;
  head.content_length = length;
  return send(head, fields, http::End::no);
}

Talk& Caller::connect(std::string_view authority, const Fields& fields) {
  http::Head head;
  head.method = "CONNECT";
  head.target = head.authority = authority;
  return send(head, fields, http::End::no);
}

Talk& Caller::change(std::string_view protocol, std::string_view target, const Fields& fields) {
  http::Head head;
  head.method = "GET";
  head.target = target;
  head.protocol = protocol;
  return send(head, fields, http::End::no);
}

Talk& Caller::post(std::string_view target, std::string_view body, const Fields& fields) {
  return begin("POST", target, body.size(), fields).say(body).end();
}

// ---- the origin

Talk* Origin::find(std::string_view target) {
  for (const auto& talk : talks_) {
    if (talk->has_head && talk->target == target && !std::exchange(talk->is_taken_, true)) return talk.get();
  }
  return nullptr;
}

Talk& Origin::expect_head(std::string_view method, std::string_view target, const Where& where) {
  Talk* found = nullptr;
  stage_.run_until([&] { return (found = find(target)) != nullptr; });
  if (!found) {
    fail_at(where, fmt::format("nobody asked for {}", target));
    return add_talk();
  }
  if (found->method != method) fail_at(where, fmt::format("the request was a {}, not a {}", found->method, method));
  return *found;
}

Talk& Origin::expect_request(std::string_view method, std::string_view target, const Where& where) {
  Talk& talk = expect_head(method, target, where);
  if (!talk.await([&] { return talk.is_complete; })) fail_at(where, fmt::format("the request {} after {} bytes", talk.is_lost ? "broke off" : "stopped", talk.body.size()));
  return talk;
}

}  // namespace gladhand::test
