#include "collect/trial.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/probe_harness.h"
#include "testing/scripted_peer.h"

namespace holter::collect {
namespace {

using model::ResultCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Verdict = Trial::Verdict;

/// Sets of JSON answers, replayed; what was asked and how it ended, a line each.
class TrialTest : public testing::ProbeTest {
 protected:
  void add(const std::string& name, int priority, const std::string& alias, const std::string& url = "/",
           const std::string& protocol = "http") {
    definition_.push_back({.name = name,
                           .priority = priority,
                           .protocol = protocol,
                           .fields = {{.field = alias, .type = model::FieldType::kString}},
                           .aliases = {alias}});
    blocks_.push_back(testing::block_of(
        {testing::entry("host", "shop.example"), testing::entry("url", url), testing::entry("parseType", "default")}));
  }
  Verdict run(Trial::Options options) {
    std::vector<model::ResolvedSet> sets;
    for (std::size_t i = 0; i < definition_.size(); ++i)
      sets.push_back({.set = &definition_[i], .aliases = definition_[i].aliases, .block = blocks_[i]});
    if (!options.replay)
      options.replay = [this](const model::SetDef& set, std::size_t number) -> std::optional<std::string> {
        auto found = answers_.find(number == 0 ? set.name : set.name + std::to_string(number));
        if (found == answers_.end()) return std::nullopt;
        return "HTTP/1.1 200 OK\nContent-Type: application/json\n\n" + found->second;
      };
    Trial trial(std::move(options), services_, account_, "shop", sets);
    std::optional<Verdict> verdict;
    boost::asio::co_spawn(context_, trial.run([this](const TrialResult& r) { note(r); }),
                          [&](std::exception_ptr, Verdict v) { verdict = v; });
    EXPECT_TRUE(testing::run_until(context_, [&] { return verdict.has_value(); }));
    return verdict.value_or(Verdict::kUndecided);
  }
  void note(const TrialResult& result) {
    auto line = result.set.name + (result.number == 0 ? "" : std::to_string(result.number)) + ": " +
                std::string(to_string(result.outcome.code));
    if (result.outcome.code == ResultCode::kSuccess) {
      Layout::Scratch scratch(account_);
      EXPECT_TRUE(scratch.prepare(*result.layout, clock_.wall()));
      for (std::size_t row = 0; row < result.shot->table().rows(); ++row)
        line += " " + std::string(result.layout->value(result.shot->table(), row, 0, scratch).text);
    }
    seen_.push_back(line);
    messages_.push_back(result.outcome.message);
  }

  std::vector<model::SetDef> definition_;
  std::vector<model::Node> blocks_;
  std::map<std::string, std::string> answers_;
  std::vector<std::string> seen_, messages_;
};

TEST_F(TrialTest, asks_set_by_set_in_order_of_priority) {
  add("late", 2, "a");
  add("first", 0, "a");
  answers_ = {{"first", R"({"a": "1"})"}, {"late", R"([{"a": "2"}, {"a": "3"}])"}};
  EXPECT_EQ(run({}), Verdict::kUp);
  EXPECT_THAT(seen_, ElementsAre("first: success 1", "late: success 2 3"));
}

TEST_F(TrialTest, a_failed_set_that_decides_is_down_and_ends_the_round) {
  add("first", 0, "a");
  add("late", 1, "a");
  answers_ = {{"first", "no json {"}, {"late", R"({"a": "2"})"}};
  EXPECT_EQ(run({}), Verdict::kDown);
  EXPECT_THAT(seen_, ElementsAre("first: fail"));
}

TEST_F(TrialTest, asks_only_what_is_wanted) {
  add("first", 0, "a");
  add("late", 1, "a");
  answers_ = {{"first", R"({"a": "1"})"}, {"late", R"({"a": "2"})"}};
  EXPECT_EQ(run({.deciding_only = true}), Verdict::kUp);
  EXPECT_EQ(run({.only_set = "late"}), Verdict::kUndecided);
  EXPECT_THAT(seen_, ElementsAre("first: success 1", "late: success 2"));
}

TEST_F(TrialTest, asks_once_for_each_row_that_a_set_refers_to) {
  add("list", 0, "id");
  add("each", 1, "n", "/^o^id^o^");
  answers_ = {{"list", R"([{"id": "x"}, {"id": "y"}])"}, {"each1", R"({"n": "10"})"}, {"each2", R"({"n": "20"})"}};
  EXPECT_EQ(run({}), Verdict::kUp);
  EXPECT_THAT(seen_, ElementsAre("list: success x y", "each1: success 10", "each2: success 20"));
}

TEST_F(TrialTest, one_set_brings_along_those_that_it_refers_to) {
  add("first", 0, "a");
  add("list", 1, "id");
  add("each", 2, "n", "/^o^id^o^");
  answers_ = {{"first", R"({"a": "1"})"}, {"list", R"([{"id": "x"}])"}, {"each1", R"({"n": "10"})"}};
  EXPECT_EQ(run({.only_set = "each"}), Verdict::kUndecided);
  EXPECT_THAT(seen_, ElementsAre("list: success x", "each1: success 10"));
}

TEST_F(TrialTest, a_set_that_refers_to_nothing_there_says_so) {
  add("list", 0, "id");
  add("each", 1, "n", "/^o^other^o^");
  answers_ = {{"list", R"([{"id": "x"}])"}, {"each1", "{}"}};
  EXPECT_EQ(run({}), Verdict::kUp);
  EXPECT_THAT(seen_, ElementsAre("list: success x", "each: fail"));
  EXPECT_THAT(messages_.back(), HasSubstr("other"));
}

TEST_F(TrialTest, leaves_out_what_was_not_recorded_and_does_not_guess) {
  add("first", 0, "a");
  EXPECT_EQ(run({}), Verdict::kUndecided);
  EXPECT_TRUE(seen_.empty());
}

TEST_F(TrialTest, a_protocol_that_is_not_there_decides_nothing) {
  add("first", 0, "a", "/", "carrier_pigeon");
  answers_ = {{"first", "{}"}};
  EXPECT_EQ(run({}), Verdict::kUndecided);
  EXPECT_THAT(seen_, ElementsAre("first: unavailable"));
  EXPECT_THAT(messages_.back(), HasSubstr("carrier_pigeon"));
}

TEST_F(TrialTest, an_answer_with_too_few_rows_is_a_failure) {
  add("first", 0, "a");
  definition_[0].min_rows = 2;
  answers_ = {{"first", R"([{"a": "1"}])"}};
  EXPECT_EQ(run({}), Verdict::kDown);
  EXPECT_THAT(messages_.back(), "the answer has 1 rows; at least 2 are needed");
  answers_ = {{"first", R"([{"a": "1"}, {"a": "2"}])"}};
  EXPECT_EQ(run({}), Verdict::kUp);
}

TEST_F(TrialTest, begins_nothing_when_its_time_is_over) {
  add("first", 0, "a");
  answers_ = {{"first", R"({"a": "1"})"}};
  EXPECT_EQ(run({.limit = milliseconds(0)}), Verdict::kUndecided);
  EXPECT_TRUE(seen_.empty());
}

TEST_F(TrialTest, asks_a_real_peer_when_nothing_is_replayed) {
  add("first", 0, "a");
  using Peer = testing::ScriptedPeer;
  std::vector<Peer::Script> scripts{{Peer::expect("GET / HTTP/1.1\r\n"),
                                     Peer::send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\": \"b\"}"),
                                     Peer::close()}};
  Peer peer(scripts);
  blocks_[0] =
      testing::block_of({testing::entry("host", "127.0.0.1"), testing::entry("port", std::to_string(peer.port())),
                         testing::entry("parseType", "default")});
  std::vector<model::ResolvedSet> sets{{.set = &definition_[0], .aliases = {"a"}, .block = blocks_[0]}};
  Trial trial({}, services_, account_, "shop", sets);
  std::optional<Verdict> verdict;
  boost::asio::co_spawn(context_, trial.run([this](const TrialResult& r) { note(r); }),
                        [&](std::exception_ptr, Verdict v) { verdict = v; });
  EXPECT_TRUE(testing::run_until(context_, [&] { return verdict.has_value(); }));
  EXPECT_EQ(verdict, Verdict::kUp);
  EXPECT_THAT(seen_, ElementsAre("first: success b"));
}

TEST_F(TrialTest, ends_soon_when_it_is_cancelled) {
  add("first", 0, "a");
  add("late", 1, "a");
  using Peer = testing::ScriptedPeer;
  Peer peer({{Peer::expect("GET / HTTP/1.1\r\n"), Peer::stall()}});
  for (auto& block : blocks_)
    block = testing::block_of({testing::entry("host", "127.0.0.1"), testing::entry("port", std::to_string(peer.port())),
                               testing::entry("timeout", "600000"), testing::entry("parseType", "default")});
  std::vector<model::ResolvedSet> sets;
  for (std::size_t i = 0; i < definition_.size(); ++i)
    sets.push_back({.set = &definition_[i], .aliases = {"a"}, .block = blocks_[i]});
  Trial trial({.traced = false}, services_, account_, "shop", sets);
  boost::asio::cancellation_signal signal;
  bool ended = false;
  auto done = [&](std::exception_ptr, Verdict) { ended = true; };
  boost::asio::co_spawn(context_, trial.run([this](const TrialResult& r) { note(r); }),
                        boost::asio::bind_cancellation_slot(signal.slot(), done));
  EXPECT_TRUE(testing::run_until(context_, [&] { return !peer.received().empty(); }));
  signal.emit(boost::asio::cancellation_type::terminal);
  EXPECT_TRUE(testing::run_until(context_, [&] { return ended; }));
  EXPECT_EQ(peer.accepted(), 1U);
}

}  // namespace
}  // namespace holter::collect
