#include "alert/grouping.h"

#include <map>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alert/test_alert.h"
#include "base/hash.h"

namespace holter::alert {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const WallTime kStart{hours(24 * 20'000)};
const std::vector<std::string> kReceivers{"mail", "phone"};
using Names = std::vector<std::string>;

/// All alerts with the same label `g` are told together.
RouteSpec by_g() {
  RouteSpec spec;
  spec.receivers = Names{"mail"};
  spec.group_by = Names{"g"};
  return spec;
}

class GroupingTest : public testing::Test {
 protected:
  void route(const RouteSpec& spec) { tree_ = RouteTree::compile(spec, kReceivers).value(); }

  std::unique_ptr<Grouping> make(const GroupingOptions& options = {}) {
    auto muted = [this](const model::Alert& alert) {
      auto found = muted_.find(std::string(model::label_of(alert.labels, "n")));
      return found == muted_.end() ? Muted() : found->second;
    };
    auto decided = [this](const Decision& decision) { decisions_.push_back(decision); };
    return std::make_unique<Grouping>(budget_.account("grouping"), muted, decided, options);
  }

  static model::Alert alert(std::string_view n, std::string_view g = "1") {
    return firing({{"g", std::string(g)}, {"n", std::string(n)}});
  }
  Status insert(const model::Alert& alert) {
    SharedAlert shared = share(alert, budget_.account("grouping"));
    if (!shared) shared = std::make_shared<const model::Alert>(alert);  // of one that is paid for elsewhere
    return grouping_->insert(shared, tree_.match(alert.labels), now_);
  }
  void fire(std::string_view n, std::string_view g = "1") { ASSERT_TRUE(insert(alert(n, g))); }
  void resolve(std::string_view n, std::string_view g = "1") { ASSERT_TRUE(insert(resolved(alert(n, g), now_))); }

  /// What is told until `d` from now, as "<minutes:seconds since the start> <reason>: <firing> | <resolved>".
  std::vector<std::string> tell(milliseconds d) {
    std::vector<std::string> out;
    for (const auto until = now_ + d; grouping_->next_due() <= until;) {
      now_ = std::max(now_, grouping_->next_due());
      for (const auto& flush : grouping_->due(now_)) out.push_back(text(flush));
    }
    now_ = std::max(now_, start_ + (elapsed_ += d));
    return out;
  }
  /// Names sorted, since alerts that began together come in any order.
  std::string text(const Flush& flush) const {
    auto at = std::chrono::floor<seconds>(now_ - kStart);
    auto out = fmt::format("{}:{:02} {}:", at.count() / 60, at.count() % 60, to_string(flush.reason));
    std::set<std::string_view> firing, over;
    for (const auto& one : flush.alerts) (one->firing() ? firing : over).insert(model::label_of(one->labels, "n"));
    for (auto name : firing) out.append(" ").append(name);
    if (!over.empty()) out += " |";
    for (auto name : over) out.append(" ").append(name);
    return out + (flush.last ? " last" : "");
  }
  /// As after a start: all is new but what the records say.
  void restart() {
    auto records = grouping_->records();
    grouping_ = make();
    EXPECT_EQ(grouping_->restore(records, tree_, now_), 0U);
  }
  std::vector<NotifyVerdict> verdicts(std::string_view n) const {
    std::vector<NotifyVerdict> out;
    for (const auto& decision : decisions_)
      if (decision.alert == alert(n).fingerprint) out.push_back(decision.verdict);
    return out;
  }

  memory::Budget budget_{64 << 20};
  RouteTree tree_ = RouteTree::compile(by_g(), kReceivers).value();
  std::map<std::string, Muted, std::less<>> muted_;
  std::vector<Decision> decisions_;
  WallTime start_ = kStart, now_ = kStart;
  milliseconds elapsed_{0};
  std::unique_ptr<Grouping> grouping_ = make();
};

TEST_F(GroupingTest, tells_a_group_after_group_wait_with_all_that_came_meanwhile) {
  fire("a");
  EXPECT_THAT(tell(seconds(10)), IsEmpty());
  fire("b");
  fire("c", "2");
  EXPECT_EQ(grouping_->next_due(), kStart + seconds(30));
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: a b", "0:40 first: c"));
}

TEST_F(GroupingTest, tells_a_new_member_after_group_interval_and_not_after_repeat_interval) {
  fire("a");
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: a"));
  fire("b");
  EXPECT_THAT(tell(minutes(10)), ElementsAre("5:30 new members: a b"));
}

TEST_F(GroupingTest, repeats_what_fires_after_repeat_interval) {
  fire("a");
  EXPECT_THAT(tell(hours(8) + minutes(10)), ElementsAre("0:30 first: a", "240:30 repeat: a", "480:30 repeat: a"));
}

TEST_F(GroupingTest, tells_each_resolution_once_and_forgets_a_group_that_is_over) {
  fire("a");
  fire("b");
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: a b"));
  resolve("a");
  EXPECT_THAT(tell(minutes(10)), ElementsAre("5:30 resolved members: b | a"));
  resolve("b");
  EXPECT_THAT(tell(hours(10)), ElementsAre("15:30 resolved members: | b last"));
  EXPECT_EQ(grouping_->groups(), 0U);
  EXPECT_EQ(grouping_->alerts(), 0U);
  EXPECT_EQ(budget_.used(), 0U);
  EXPECT_EQ(grouping_->next_due(), WallTime::max());
}

TEST_F(GroupingTest, does_not_tell_the_end_of_what_was_not_told_as_firing) {
  fire("a");
  EXPECT_THAT(tell(seconds(5)), IsEmpty());
  resolve("a");
  EXPECT_THAT(tell(hours(1)), IsEmpty());
  EXPECT_EQ(grouping_->groups(), 0U);
  EXPECT_THAT(verdicts("a"), ElementsAre(NotifyVerdict::kWaiting, NotifyVerdict::kNeverTold));
  resolve("unknown");
  EXPECT_EQ(grouping_->groups(), 0U);
}

TEST_F(GroupingTest, does_not_tell_anew_what_came_back_between_two_looks) {
  fire("a");
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: a"));
  resolve("a");
  fire("a");
  EXPECT_THAT(tell(hours(1)), IsEmpty());
  resolve("a");
  EXPECT_THAT(tell(hours(1)), ElementsAre("65:30 resolved members: | a last"));
}

TEST_F(GroupingTest, leaves_out_what_is_silenced_or_inhibited_until_it_is_no_more) {
  muted_["a"].silences = {7};
  muted_["b"].inhibitor = model::Fingerprint{9};
  fire("a");
  fire("b");
  fire("c");
  EXPECT_THAT(tell(minutes(6)), ElementsAre("0:30 first: c"));
  EXPECT_THAT(verdicts("a"), ElementsAre(NotifyVerdict::kWaiting, NotifyVerdict::kSilenced, NotifyVerdict::kSilenced));
  auto why = std::ranges::find(decisions_, NotifyVerdict::kSilenced, &Decision::verdict);
  EXPECT_EQ(why->muted.silences, std::vector<std::uint64_t>{7});
  why = std::ranges::find(decisions_, NotifyVerdict::kInhibited, &Decision::verdict);
  EXPECT_EQ(why->muted.inhibitor, model::Fingerprint{9});
  EXPECT_THAT(verdicts("b"),
              ElementsAre(NotifyVerdict::kWaiting, NotifyVerdict::kInhibited, NotifyVerdict::kInhibited));
  muted_.clear();
  EXPECT_THAT(tell(minutes(5)), ElementsAre("10:30 new members: a b c"));
}

TEST_F(GroupingTest, of_silenced_alerts_tells_the_end_only_where_the_beginning_was_told) {
  fire("told");
  muted_["never"].silences = {1};
  fire("never");
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: told"));
  muted_["told"].silences = {1};
  resolve("told");
  resolve("never");
  EXPECT_THAT(tell(hours(1)), ElementsAre("5:30 resolved members: | told last"));
}

TEST_F(GroupingTest, repeats_at_once_what_was_silenced_over_its_repeat) {
  fire("a");
  fire("b");
  EXPECT_THAT(tell(hours(1)), ElementsAre("0:30 first: a b"));
  muted_["a"].silences = {1};
  EXPECT_THAT(tell(hours(4)), ElementsAre("240:30 repeat: b"));
  muted_.clear();
  EXPECT_THAT(tell(hours(1)), ElementsAre("300:30 repeat: a b"));
}

TEST_F(GroupingTest, tells_nothing_in_times_that_are_muted_and_everything_behind) {
  auto spec = by_g();
  spec.mute_windows = Names{"daily 01:00-02:00 Etc/UTC"};
  route(spec);
  fire("a");
  EXPECT_THAT(tell(minutes(61)), ElementsAre("0:30 first: a"));
  fire("b");
  resolve("a");
  decisions_.clear();
  EXPECT_THAT(tell(minutes(5)), IsEmpty());
  ASSERT_FALSE(decisions_.empty());
  EXPECT_EQ(decisions_.back().verdict, NotifyVerdict::kMutedByTime);
  EXPECT_EQ(decisions_.back().until, kStart + hours(2));
  EXPECT_THAT(tell(hours(1)), ElementsAre("120:30 new members: b | a"));
}

TEST_F(GroupingTest, tells_each_route_on_its_own) {
  auto spec = by_g();
  spec.routes.resize(2);
  spec.routes[0].matchers = "{n=~\"a|b\"}";
  spec.routes[0].continues = true;
  spec.routes[0].receivers = Names{"phone"};
  spec.routes[0].group_wait = seconds(5);
  spec.routes[1].matchers = "{n=\"a\"}";
  route(spec);
  fire("a");
  fire("b");
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:05 first: a b", "0:30 first: a"));
  EXPECT_EQ(grouping_->alerts(), 3U);
  resolve("a");
  EXPECT_THAT(tell(minutes(10)), ElementsAre("5:05 resolved members: b | a", "5:30 resolved members: | a last"));
}

TEST_F(GroupingTest, names_what_fires_first_and_the_oldest_first) {
  auto insert_at = [&](std::string_view n, int started) {
    auto one = alert(n);
    one.starts = kStart - minutes(started);
    ASSERT_TRUE(insert(one));
  };
  insert_at("a", 1);
  insert_at("b", 3);
  insert_at("c", 2);
  insert_at("d", 9);
  now_ += seconds(30);
  ASSERT_EQ(grouping_->due(now_).size(), 1U);
  ASSERT_TRUE(insert(resolved(alert("d"), now_ + seconds(1))));
  ASSERT_TRUE(insert(resolved(alert("b"), now_ + seconds(2))));
  now_ += minutes(5);
  auto flushes = grouping_->due(now_);
  ASSERT_EQ(flushes.size(), 1U);
  std::string names;
  for (const auto& one : flushes[0].alerts) names += model::label_of(one->labels, "n");
  EXPECT_EQ(names, "cadb");
}

TEST_F(GroupingTest, says_that_no_route_has_a_receiver) {
  auto spec = by_g();
  spec.routes.resize(1);
  spec.routes[0].matchers = "{n=\"a\"}";
  spec.routes[0].receivers = Names{};
  route(spec);
  fire("a");
  EXPECT_EQ(grouping_->groups(), 0U);
  EXPECT_THAT(verdicts("a"), ElementsAre(NotifyVerdict::kNoRoute));
}

TEST_F(GroupingTest, says_why_nothing_is_told_and_until_when) {
  fire("a");
  ASSERT_THAT(verdicts("a"), ElementsAre(NotifyVerdict::kWaiting));
  EXPECT_EQ(decisions_[0].until, kStart + seconds(30));
  EXPECT_EQ(decisions_[0].route->receivers, Names{"mail"});
  EXPECT_THAT(tell(minutes(6)), ElementsAre("0:30 first: a"));
  EXPECT_THAT(verdicts("a"),
              ElementsAre(NotifyVerdict::kWaiting, NotifyVerdict::kNotified, NotifyVerdict::kRepeatNotDue));
  EXPECT_EQ(decisions_[2].until, kStart + seconds(30) + hours(4));
  EXPECT_EQ(to_string(decisions_[2].verdict), "repeat not due");
  EXPECT_EQ(to_string(NotifyVerdict::kRouteGone), "route gone");
}

TEST_F(GroupingTest, neither_repeats_nor_loses_anything_over_a_restart) {
  fire("told");
  fire("over");
  fire("gone");
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: gone over told"));
  resolve("over");
  fire("waits");
  restart();
  EXPECT_EQ(grouping_->unclaimed().size(), 2U);
  fire("told");
  fire("waits");
  ASSERT_EQ(grouping_->unclaimed().size(), 1U);
  EXPECT_EQ(grouping_->unclaimed()[0].labels, alert("gone").labels);
  EXPECT_THAT(tell(minutes(5)), ElementsAre("5:30 new members: told waits | over"));
  restart();
  EXPECT_THAT(tell(minutes(5)), IsEmpty());  // nobody has said yet what fires
  fire("told");
  fire("waits");
  resolve("gone");
  EXPECT_THAT(tell(minutes(5)), ElementsAre("15:30 resolved members: told waits | gone"));
  EXPECT_THAT(grouping_->unclaimed(), IsEmpty());
  EXPECT_THAT(tell(hours(4)), ElementsAre("255:30 repeat: told waits"));
}

TEST_F(GroupingTest, keeps_the_rest_of_group_wait_over_a_restart) {
  fire("a");
  EXPECT_THAT(tell(seconds(20)), IsEmpty());
  restart();
  fire("a");
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: a"));
  restart();
  EXPECT_EQ(grouping_->records().size(), 1U);
  EXPECT_EQ(grouping_->records()[0].told.size(), 1U);
}

TEST_F(GroupingTest, gives_the_record_of_a_group_that_was_told_until_it_is_forgotten) {
  fire("a");
  now_ += seconds(30);
  auto first = grouping_->due(now_);
  ASSERT_EQ(first.size(), 1U);
  auto record = grouping_->record(first[0]);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->route, "{}");
  EXPECT_EQ(record->labels, (model::Labels{{"g", "1"}}));
  ASSERT_EQ(record->told.size(), 1U);
  EXPECT_EQ(record->told[0].when, now_);
  EXPECT_EQ(first[0].group, GroupId{stable_hash(std::string_view("{}:{g=\"1\"}"))});
  EXPECT_EQ(to_string(GroupId{255}), "00000000000000ff");
  resolve("a");
  now_ += minutes(5);
  auto last = grouping_->due(now_);
  ASSERT_EQ(last.size(), 1U);
  EXPECT_TRUE(last[0].last);
  EXPECT_FALSE(grouping_->record(last[0]));
}

TEST_F(GroupingTest, leaves_out_records_of_routes_that_are_gone) {
  fire("a");
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: a"));
  auto records = grouping_->records();
  records[0].route = "{}/{gone=\"1\"}";
  grouping_ = make();
  EXPECT_EQ(grouping_->restore(records, tree_, now_), 1U);
  EXPECT_EQ(grouping_->groups(), 0U);
}

TEST_F(GroupingTest, follows_a_change_of_routes) {
  fire("a");
  fire("b");
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: a b"));
  auto spec = by_g();
  spec.routes.resize(1);
  spec.routes[0].matchers = "{n=\"a\"}";
  spec.routes[0].receivers = Names{"phone"};
  route(spec);
  grouping_->reroute(tree_, now_);
  EXPECT_THAT(tell(minutes(9)), ElementsAre("1:30 first: a"));  // told where it belongs now
  resolve("a");
  EXPECT_THAT(tell(minutes(10)), ElementsAre("10:30 resolved members: b | a", "11:30 resolved members: | a last"));
  spec.routes.clear();
  spec.group_by = Names{};
  route(spec);
  decisions_.clear();
  grouping_->reroute(tree_, now_);  // the same route, other groups: what was told keeps its place until it is over
  EXPECT_THAT(tell(minutes(1)), ElementsAre("20:30 first: b"));
  resolve("b");
  EXPECT_THAT(tell(minutes(10)), ElementsAre("25:30 resolved members: | b last", "25:30 resolved members: | b last"));
  EXPECT_EQ(budget_.used(), 0U);
}

TEST_F(GroupingTest, forgets_groups_whose_route_is_gone_and_says_so) {
  auto spec = by_g();
  spec.routes.resize(1);
  spec.routes[0].matchers = "{n=\"a\"}";
  route(spec);
  fire("a");
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: a"));
  route(by_g());
  grouping_->reroute(tree_, now_);
  EXPECT_THAT(verdicts("a"), ElementsAre(NotifyVerdict::kWaiting, NotifyVerdict::kNotified, NotifyVerdict::kRouteGone,
                                         NotifyVerdict::kWaiting));
  EXPECT_EQ(grouping_->groups(), 1U);
  EXPECT_THAT(tell(minutes(1)), ElementsAre("1:30 first: a"));
}

TEST_F(GroupingTest, waits_no_longer_when_intervals_become_shorter) {
  fire("a");
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: a"));
  fire("b");
  auto spec = by_g();
  spec.group_interval = seconds(20);
  route(spec);
  grouping_->reroute(tree_, now_);
  EXPECT_THAT(tell(minutes(1)), ElementsAre("1:20 new members: a b"));
}

TEST_F(GroupingTest, waits_no_longer_when_the_clock_is_set_back) {
  fire("a");
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: a"));
  now_ -= hours(24);
  fire("b");
  EXPECT_LE(grouping_->next_due(), now_ + minutes(5));
  now_ += minutes(5);
  EXPECT_EQ(grouping_->due(now_).size(), 1U);
}

TEST_F(GroupingTest, looks_at_so_many_groups_in_a_call_and_not_at_more) {
  for (int i = 0; i < 5; ++i) fire("a", std::to_string(i));
  now_ += seconds(30);
  EXPECT_EQ(grouping_->due(now_, 3).size(), 3U);
  EXPECT_LE(grouping_->next_due(), now_);
  EXPECT_EQ(grouping_->due(now_, 3).size(), 2U);
  EXPECT_GT(grouping_->next_due(), now_);
}

TEST_F(GroupingTest, tells_alerts_with_the_same_fingerprint_apart_by_their_labels) {
  auto a = alert("a"), b = alert("b");
  b.fingerprint = a.fingerprint;
  ASSERT_TRUE(insert(a));
  ASSERT_TRUE(insert(b));
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: a b"));
  ASSERT_TRUE(insert(resolved(b, now_)));
  EXPECT_THAT(tell(minutes(5)), ElementsAre("5:30 resolved members: a | b"));
  ASSERT_TRUE(insert(resolved(a, now_)));
  EXPECT_THAT(tell(minutes(5)), ElementsAre("10:30 resolved members: | a last"));
}

TEST_F(GroupingTest, refuses_more_alerts_and_groups_than_it_may_have_and_counts) {
  grouping_ = make({.most_groups = 2, .most_in_group = 2, .most_alerts = 3});
  fire("a");
  fire("b");
  auto full = insert(alert("c"));
  EXPECT_EQ(full.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(full.error().message(), HasSubstr("its group has 2 alerts"));
  fire("a", "2");
  EXPECT_THAT(insert(alert("b", "2")).error().message(), HasSubstr("there are 3 alerts"));
  EXPECT_THAT(insert(alert("a", "3")).error().message(), HasSubstr("there are 2 groups"));
  EXPECT_EQ(grouping_->refused(), 3U);
  EXPECT_THAT(verdicts("c"), ElementsAre(NotifyVerdict::kRefused));
  fire("a");  // again is no more
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: a b", "0:30 first: a"));
}

TEST_F(GroupingTest, makes_no_group_for_an_alert_that_it_refuses) {
  grouping_ = make({.most_groups = 2, .most_in_group = 2, .most_alerts = 1});
  fire("a");
  auto before = budget_.used();
  EXPECT_FALSE(insert(alert("a", "2")));
  EXPECT_EQ(grouping_->groups(), 1U);
  EXPECT_EQ(budget_.used(), before);
}

TEST_F(GroupingTest, takes_a_resolution_where_the_account_has_no_room_for_anything) {
  fire("a");
  EXPECT_THAT(tell(minutes(1)), ElementsAre("0:30 first: a"));
  budget_.account("grouping").set_limit(1);
  auto over = resolved(alert("a"), now_);
  over.annotations = {{"summary", std::string(1000, 'x')}};
  EXPECT_TRUE(insert(over));
  EXPECT_THAT(insert(alert("b")).error().message(), HasSubstr("no memory"));
  EXPECT_THAT(tell(minutes(10)), ElementsAre("5:30 resolved members: | a last"));
  EXPECT_EQ(budget_.used(), 0U);
}

}  // namespace
}  // namespace holter::alert
