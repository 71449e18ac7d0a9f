//   receiving ──request read, or a change of protocol asked for──► asked ──reply──► receiving, for the next request
//                                                                    └─────► going_on ──said all──┬──► receiving
//                                                                                                 └──► ended ──client's end──► closed
#include "server/service.h"

#include <unistd.h>

#include "codec/make.h"
#include "link/link.h"
#include "net/plain.h"

namespace gladhand::server {
namespace {

constexpr std::uint32_t kHeaderBytes = 16 * 1024;

codec::Settings settings(const ServiceLimits& limits) {
  codec::Settings s;
  s.head.section_bytes = kHeaderBytes;
  s.body_bytes = limits.body_bytes;
  return s;
}

}  // namespace

// One connection to the service.
class Service::Conversation final : public ListNode<Conversation>,
                                    private link::LinkEvents,
                                    private http::StreamEvents,
                                    private io::DeadlineEvents,
                                    private Channel {
 public:
  Conversation(Service& service, int fd)
      : service_(service), deadline_(service.loop_.deadlines(), *this), delay_(service.loop_.deadlines(), *this), link_(service.loop_, *this, record_) {
    ++service_.open_;
    deadline_.arm(service_.limits_.patience);
    link_.join(std::make_unique<net::Plain>(service.loop_, link_, record_, fd));
  }
  ~Conversation() override { --service_.open_; }

 private:
  enum class State : std::uint8_t {
    receiving,  // a request, or nothing yet
    asked,      // the responder has the request; its answer may be due later
    going_on,   // the head is sent and the sequel speaks
    ended,      // the sequel has said all in another protocol, and the client perhaps not
  };

  // ---- the connection

  void on_ready() override { link_.speak(codec::make(codec::Protocol::sequential, http::Role::server, link_, settings(service_.limits_))); }
  void on_stream(http::Stream& stream) override {
    client_ = http::StreamGrip(stream);
    stream.listen(*this);
    state_ = State::receiving;
    head_.clear();
    body_.clear();
    body_bytes_ = 0;
  }
  void on_progress() override {}
  void on_closed(Error) override {
    client_.drop();
    unlink();
    service_.loop_.retire(std::unique_ptr<Conversation>(this));
  }
  void on_deadline(io::Deadline& deadline) override {
    if (&deadline == &delay_) return reply();
    // A client that takes what it is sent is there, and one that is owed nothing yet may wait for as long as it likes.
    const std::uint64_t taken = record_.bytes_out - link_.transport().backlog();
    const bool is_taking = taken > std::exchange(taken_, taken);
    if (is_taking || (state_ == State::going_on && link_.backlog() == 0)) return deadline_.arm(service_.limits_.patience);
    link_.fail({Code::client_idle});
  }

  // ---- the request

  void on_head(http::Head& head) override {
    std::swap(head_, head);
    deadline_.arm(service_.limits_.patience);
    if (!head_.protocol.empty()) ask();  // nothing more comes before the answer
  }
  void on_body(Buffer&& bytes) override {
    if (state_ == State::going_on) return sequel_->on_received(std::move(bytes));
    const Buffer body = std::move(bytes);
    body_bytes_ += body.size();
    client_->consumed(body.size());
    if (state_ == State::ended) return;
    for (const Slice& slice : body.slices()) {
      if (body_.size() < kKeptBody) body_.append(slice.view().substr(0, kKeptBody - body_.size()));
    }
    if (service_.limits_.body_bytes == 0) deadline_.arm(service_.limits_.patience);
  }
  void on_trailers(const http::Headers&) override {}
  void on_end() override {
    if (state_ == State::receiving) return ask();
    if (answer_.protocol.empty()) return;  // the change that was asked for was refused by an answer that goes on
    end();
    client_.drop();
  }
  void on_writable() override {
    if (state_ == State::going_on) sequel_->on_writable();
  }
  void on_aborted(Error error) override {
    delay_.disarm();
    answer_ = Answer{};
    answer_.status = row(error.code).status ? row(error.code).status : 400;
    answer_.body = std::string(row(error.code).help) + '\n';
    reply();
  }
  void on_reset(Error) override {
    delay_.disarm();
    dismiss();
  }

  // ---- the answer

  void ask() {
    state_ = State::asked;
    deadline_.arm(service_.limits_.patience);
    answer_ = service_.responder_({head_, body_, body_bytes_});
    if (answer_.delay <= Nanos::zero()) return reply();
    deadline_.arm(service_.limits_.patience + answer_.delay);
    delay_.arm(answer_.delay);
  }

  void reply() {
    if (answer_.manner == Answer::Manner::hang) return deadline_.disarm();
    if (answer_.manner == Answer::Manner::reset) return client_.drop();
    http::Head head;
    head.status = answer_.status;
    head.protocol = answer_.protocol;
    if (!answer_.content_type.empty()) head.fields.add(http::FieldId::content_type, "Content-Type", answer_.content_type);
    for (const auto& [name, value] : answer_.fields) head.fields.add(http::FieldId::other, name, value);
    if (answer_.go_on && head_.method != "HEAD") return go_on(head);
    if (!answer_.go_on) head.content_length = answer_.body.size();
    const bool has_body = head_.method != "HEAD" && !answer_.body.empty() && head.status != 204 && head.status != 304;
    client_->send_head(head, has_body ? http::End::no : http::End::yes);
    if (has_body) {
      Buffer bytes;
      bytes.append(std::string_view(answer_.body));
      client_->send_body(std::move(bytes), http::End::yes);
    }
    client_.drop();
  }

  void go_on(const http::Head& head) {
    client_->send_head(head, http::End::no);
    state_ = State::going_on;
    auto sequel = answer_.go_on(*this);
    if (state_ == State::going_on) sequel_ = std::move(sequel);  // else it had nothing to say, or the client is gone
  }

  // The sequel may be the one that is calling.
  void dismiss() {
    state_ = State::ended;
    if (sequel_) service_.loop_.retire(std::move(sequel_));
  }

  io::Loop& loop() override { return service_.loop_; }
  void send(Buffer&& bytes) override {
    if (state_ == State::going_on) client_->send_body(std::move(bytes), http::End::no);
  }
  std::size_t writable() const override { return state_ == State::going_on ? client_->writable() : 0; }
  void consumed(std::size_t bytes) override {
    if (state_ == State::going_on) client_->consumed(bytes);
  }
  void end() override {
    if (state_ != State::going_on) return;
    client_->send_body({}, http::End::yes);
    dismiss();
    if (answer_.protocol.empty()) client_.drop();
  }

  Service& service_;
  timeline::ConnectionRecord record_;
  io::Deadline deadline_;
  io::Deadline delay_;
  link::Link link_;
  http::StreamGrip client_;  // let go of before the link goes
  State state_ = State::receiving;
  http::Head head_;
  std::string body_;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t taken_ = 0;  // by the client's kernel or ours, when the deadline was last looked at
  Answer answer_;
  std::unique_ptr<Sequel> sequel_;
};

Service::Service(io::Loop& loop, int fd, Responder responder, ServiceLimits limits)
    : loop_(loop), responder_(std::move(responder)), limits_(limits), acceptor_(loop, *this, fd) {}

Service::~Service() {
  while (!conversations_.empty()) delete &conversations_.front();
}

void Service::on_accepted(int fd, const io::Address&) {
  if (limits_.connections > 0 && open_ >= limits_.connections) {
    close(fd);
    return;
  }
  conversations_.push_back(*new Conversation(*this, fd));
}

}  // namespace gladhand::server
