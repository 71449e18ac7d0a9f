#include "filter/chain.h"

#include <gmock/gmock.h>

#include "unit/filter/ride.h"

namespace gladhand::filter {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Notes that it was called, and does as it is told.
class Noting final : public Filter {
 public:
  Noting(std::string name, std::vector<std::string>& notes) : name_(std::move(name)), notes_(notes) {}

  bool wants_handshakes() const override { return refuses; }
  bool on_handshake(const timeline::ConnectionRecord&, std::string& tag) const override {
    note("handshake");
    tag += name_;
    return !refuses;
  }
  Verdict on_request(Passage& passage, State& state) const override {
    note("request");
    if (wants_aside && !state) {
      state = std::make_shared<int>(0);
      return Verdict::aside;
    }
    if (answers) passage.answer(418, "short");
    return answers ? Verdict::answered : Verdict::go_on;
  }
  void aside(const State& state) const override {
    note("aside");
    ++*static_cast<int*>(state.get());
  }
  bool on_reply(Passage& passage, State&) const override {
    note("reply");
    EXPECT_FALSE(passage.add(Passage::Side::request, "x", "y")) << "the request is gone";
    passage.answer(500, "too late");
    return doubles;
  }
  void on_reply_body(Passage& passage, State&, std::string_view bytes, bool is_last) const override {
    for (const char c : bytes) passage.send(std::string(2, c));
    if (is_last) passage.send("." + name_);
  }
  void on_finished(Passage& passage, State&) const override {
    note("finished");
    EXPECT_FALSE(passage.add(Passage::Side::reply, "x", "y")) << "nothing can be changed any more";
  }

  bool refuses = false, answers = false, wants_aside = false, doubles = false;

 private:
  void note(std::string_view what) const { notes_.push_back(name_ + " " + std::string(what)); }

  const std::string name_;
  std::vector<std::string>& notes_;
};

struct ThreeFilters : testing::Test {
  std::vector<std::string> notes;
  Noting a{"a", notes}, b{"b", notes}, c{"c", notes};
  Chain chain{{&a, &b, &c}};
};

TEST_F(ThreeFilters, requests_pass_in_order_and_replies_in_reverse) {
  Ride ride(chain);
  EXPECT_EQ(ride.go(), Verdict::go_on);
  ride.come_back();
  EXPECT_THAT(notes, ElementsAre("a request", "b request", "c request", "c reply", "b reply", "a reply", "a finished", "b finished", "c finished"));
}

TEST_F(ThreeFilters, an_answer_passes_those_in_front_of_who_gave_it) {
  b.answers = true;
  a.doubles = true;
  Ride ride(chain);
  EXPECT_EQ(ride.go(), Verdict::answered);
  EXPECT_EQ(ride.reply.status, 418);
  EXPECT_EQ(ride.body, "sshhoorrtt.a");
  EXPECT_EQ(ride.reply.content_length, ride.body.size());
  EXPECT_EQ(ride.told("server"), "gladhand|");
  ride.walk().finish();
  EXPECT_THAT(notes, ElementsAre("a request", "b request", "a reply", "a finished", "b finished"));
}

TEST_F(ThreeFilters, slow_work_comes_between_two_questions) {
  b.wants_aside = true;
  Ride ride(chain);
  EXPECT_EQ(ride.go(), Verdict::go_on);
  EXPECT_THAT(notes, ElementsAre("a request", "b request", "b aside", "b request", "c request"));
}

TEST_F(ThreeFilters, work_that_outlives_its_exchange_keeps_its_state) {
  a.wants_aside = true;
  std::function<void()> job;
  {
    http::Head request;
    timeline::ExchangeRecord record;
    Arena arena;
    Walk walk(chain, record, request, arena);
    EXPECT_EQ(walk.pass_request(), Verdict::aside);
    job = walk.aside_job();
    walk.finish();
  }
  job();
  EXPECT_THAT(notes, ElementsAre("a request", "a finished", "a aside"));
}

TEST_F(ThreeFilters, a_body_passes_everybody_who_takes_it_in_reverse) {
  a.doubles = c.doubles = true;
  Ride ride(chain);
  ride.go();
  ride.come_back(200, {"x", "y"});
  EXPECT_THAT(ride.came, ElementsAre("xxxx", "yyyy"));
  EXPECT_EQ(ride.body, "xxxxyyyy..cc.a");
  EXPECT_FALSE(ride.reply.content_length) << "nobody knows how long it will be";
}

TEST_F(ThreeFilters, a_reply_without_a_body_keeps_its_length_unless_somebody_would_have_taken_the_body) {
  const auto length = [&] {
    Ride ride(chain);
    ride.go();
    ride.reply.content_length = 7;  // of a HEAD
    ride.come_back(200, {}, false);
    EXPECT_FALSE(ride.walk().takes_body());
    return ride.reply.content_length;
  };
  EXPECT_EQ(length(), 7u);
  a.doubles = true;
  EXPECT_EQ(length(), std::nullopt);
}

TEST_F(ThreeFilters, a_handshake_is_shown_to_those_who_want_it_until_one_refuses) {
  const timeline::ConnectionRecord client;
  std::string tag;
  EXPECT_FALSE(chain.wants_handshakes());
  EXPECT_TRUE(chain.admits(client, tag));
  b.refuses = c.refuses = true;
  EXPECT_TRUE(chain.wants_handshakes());
  EXPECT_FALSE(chain.admits(client, tag));
  EXPECT_THAT(notes, ElementsAre("b handshake"));
  EXPECT_EQ(tag, "b");
}

TEST(Passage, changes_fields_and_refuses_those_that_steer) {
  http::Head request;
  timeline::ExchangeRecord record;
  Arena arena;
  request.fields.add(http::FieldId::other, "X-Old", "1");
  request.fields.add(http::FieldId::other, "x-old", "2");
  Passage passage(record, request, arena);
  using Side = Passage::Side;
  EXPECT_TRUE(passage.set(Side::request, "X-OLD", request.fields.begin()->value)) << "a view of what it replaces";
  EXPECT_EQ(Ride::values(request.fields, "x-old"), "1|");
  EXPECT_TRUE(passage.add(Side::request, "Authorization", "Basic x"));
  EXPECT_TRUE(request.fields.find(http::FieldId::authorization)->is_sensitive);
  EXPECT_EQ(passage.remove(Side::request, "x-old"), 1u);
  EXPECT_EQ(passage.remove(Side::request, "x-old"), 0u);
  for (const std::string_view name : {"Host", "connection", "Content-Length", "Transfer-Encoding", "Upgrade", "TE", "a b", ""}) {
    EXPECT_FALSE(passage.set(Side::request, name, "x")) << name;
    EXPECT_FALSE(passage.add(Side::request, name, "x")) << name;
    EXPECT_EQ(passage.remove(Side::request, name), 0u) << name;
  }
  for (const std::string_view value : {std::string_view("a\r\nb: c"), std::string_view(" a"), std::string_view("a "), std::string_view("a\0b", 3)}) EXPECT_FALSE(passage.set(Side::request, "x", value)) << value;
  EXPECT_FALSE(passage.add(Side::reply, "x", "y")) << "there is none";
  EXPECT_EQ(passage.fields(Side::reply), nullptr);
}

}  // namespace
}  // namespace gladhand::filter
