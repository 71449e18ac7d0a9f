#include "server/service.h"

#include "codec/make.h"
#include "link/link.h"
#include "net/plain.h"

namespace gladhand::server {
namespace {

constexpr Nanos kPatience = std::chrono::seconds(30);  // with a client that says nothing
constexpr std::uint32_t kHeaderBytes = 16 * 1024;

codec::Settings settings() {
  codec::Settings s;
  s.head.section_bytes = kHeaderBytes;
  return s;
}

}  // namespace

// One connection to the service.
class Service::Conversation final : public ListNode<Conversation>, private link::LinkEvents, private http::StreamEvents, private io::DeadlineEvents {
 public:
  Conversation(Service& service, int fd)
      : service_(service), deadline_(service.loop_.deadlines(), *this), delay_(service.loop_.deadlines(), *this), link_(service.loop_, *this, record_) {
    deadline_.arm(kPatience);
    link_.join(std::make_unique<net::Plain>(service.loop_, link_, record_, fd));
  }

 private:
  void on_ready() override { link_.speak(codec::make(codec::Protocol::sequential, http::Role::server, link_, settings())); }
  void on_stream(http::Stream& stream) override {
    client_ = http::StreamGrip(stream);
    stream.listen(*this);
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

  void on_head(http::Head& head) override { std::swap(head_, head); }
  void on_body(Buffer&& body) override {
    body_bytes_ += body.size();
    client_->consumed(body.size());
    for (const Slice& slice : body.slices()) {
      if (body_.size() < kKeptBody) body_.append(slice.view().substr(0, kKeptBody - body_.size()));
    }
    deadline_.arm(kPatience);
  }
  void on_trailers(const http::Headers&) override {}
  void on_end() override {
    deadline_.arm(kPatience);
    answer_ = service_.responder_({head_, body_, body_bytes_});
    if (answer_.delay > Nanos::zero()) {
      deadline_.arm(kPatience + answer_.delay);
      return delay_.arm(answer_.delay);
    }
    reply();
  }
  void on_writable() override {}
  void on_aborted(Error error) override {
    answer_ = Answer{};
    answer_.status = row(error.code).status ? row(error.code).status : 400;
    answer_.body = std::string(row(error.code).help) + '\n';
    reply();
  }
  void on_reset(Error) override { delay_.disarm(); }

  void reply() {
    if (answer_.manner == Answer::Manner::hang) return deadline_.disarm();
    if (answer_.manner == Answer::Manner::reset) return client_.drop();
    http::Head head;
    head.status = answer_.status;
    head.content_length = answer_.body.size();
    head.fields.add(http::FieldId::content_type, "Content-Type", answer_.content_type);
    for (const auto& [name, value] : answer_.fields) head.fields.add(http::FieldId::other, name, value);
    const bool has_body = head_.method != "HEAD" && !answer_.body.empty() && head.status != 204 && head.status != 304;
    client_->send_head(head, has_body ? http::End::no : http::End::yes);
    if (has_body) {
      Buffer bytes;
      bytes.append(std::string_view(answer_.body));
      client_->send_body(std::move(bytes), http::End::yes);
    }
    client_.drop();
  }

  void on_deadline(io::Deadline& deadline) override {
    if (&deadline == &delay_) return reply();
    link_.fail({Code::client_idle});
  }

  Service& service_;
  timeline::ConnectionRecord record_;
  http::StreamGrip client_;
  http::Head head_;
  std::string body_;
  std::uint64_t body_bytes_ = 0;
  Answer answer_;
  io::Deadline deadline_;
  io::Deadline delay_;
  link::Link link_;
};

Service::Service(io::Loop& loop, int fd, Responder responder)
    : loop_(loop), responder_(std::move(responder)), acceptor_(loop, *this, fd) {}

Service::~Service() {
  while (!conversations_.empty()) delete &conversations_.front();
}

void Service::on_accepted(int fd, const io::Address&) { conversations_.push_back(*new Conversation(*this, fd)); }

}  // namespace gladhand::server
