// Random sequences against a simple model: one list of alerts per group, looked through as a whole each time.
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "alert/grouping.h"
#include "alert/test_alert.h"

namespace holter::alert {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const WallTime kStart{hours(24 * 20'000)};
constexpr minutes kInterval{5}, kRepeat{37};
constexpr seconds kWait{30};

/// What was told, in words that do not depend on order.
struct Told {
  WallTime when;
  std::string group;
  std::set<std::string> firing, resolved;
  FlushReason reason;
  bool operator==(const Told&) const = default;
  auto operator<=>(const Told& other) const { return std::tie(when, group) <=> std::tie(other.when, other.group); }
};

struct ModelAlert {
  bool fires = false;
  std::optional<WallTime> told;
};
struct ModelGroup {
  WallTime next;
  bool ever = false;
  std::map<std::string, ModelAlert> alerts;
};

class Model {
 public:
  void fire(const std::string& group, const std::string& alert, WallTime now) {
    auto [found, made] = groups_.try_emplace(group, ModelGroup{.next = now + kWait, .alerts = {}});
    found->second.alerts[alert].fires = true;
  }
  void resolve(const std::string& alert) {
    for (auto& [name, group] : groups_)
      if (auto found = group.alerts.find(alert); found != group.alerts.end()) found->second.fires = false;
  }
  WallTime next() const {
    auto next = WallTime::max();
    for (const auto& [name, group] : groups_) next = std::min(next, group.next);
    return next;
  }
  std::vector<Told> due(WallTime now, const std::set<std::string>& muted) {
    std::vector<Told> out;
    for (auto& [name, group] : groups_) {
      if (group.next > now) continue;
      Told told{.when = now, .group = name, .firing = {}, .resolved = {}, .reason = FlushReason::kFirst};
      bool fresh = false, repeat = false;
      for (const auto& [alert, state] : group.alerts) {
        if (!state.fires && state.told) told.resolved.insert(alert);
        if (!state.fires || muted.contains(alert)) continue;
        told.firing.insert(alert);
        fresh |= !state.told;
        repeat |= state.told && now - *state.told >= kRepeat;
      }
      group.next = now + kInterval;
      if (fresh || repeat || !told.resolved.empty()) {
        told.reason = fresh                    ? (group.ever ? FlushReason::kNewMembers : FlushReason::kFirst)
                      : !told.resolved.empty() ? FlushReason::kResolvedMembers
                                               : FlushReason::kRepeat;
        group.ever = true;
        for (const auto& alert : told.firing) group.alerts[alert].told = now;
        out.push_back(told);
      }
      std::erase_if(group.alerts, [](const auto& entry) { return !entry.second.fires; });
    }
    std::erase_if(groups_, [](const auto& entry) { return entry.second.alerts.empty(); });
    return out;
  }

 private:
  std::map<std::string, ModelGroup> groups_;
};

/// Properties that hold of what is told, whatever the model says.
class Witness {
 public:
  void add(const Told& told) {
    auto& known = told_[told.group];
    for (const auto& alert : told.resolved)
      EXPECT_TRUE(known.contains(alert)) << "an end without a beginning: " << alert;
    bool news = !told.resolved.empty();
    WallTime oldest = told.when;
    for (const auto& alert : told.firing) {
      news |= !known.contains(alert);
      if (known.contains(alert)) oldest = std::min(oldest, known[alert]);
    }
    EXPECT_TRUE(news || told.when - oldest >= kRepeat) << "a duplicate";
    for (const auto& alert : told.resolved) known.erase(alert);
    for (const auto& alert : told.firing) known[alert] = told.when;
  }
  /// An alert that fires, and is not muted, since `since` has been told.
  void expect_told(const std::string& group, const std::string& alert, WallTime since, WallTime now) const {
    if (now - since <= kInterval) return;
    auto found = told_.find(group);
    EXPECT_TRUE(found != told_.end() && found->second.contains(alert)) << alert << " was not told in " << group;
  }
  std::size_t open() const {
    std::size_t out = 0;
    for (const auto& [group, alerts] : told_) out += alerts.size();
    return out;
  }

 private:
  std::map<std::string, std::map<std::string, WallTime>> told_;  // what is told and not over
};

/// The real thing and the model see the same, and tell the same.
class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    RouteSpec root;
    root.receivers = std::vector<std::string>{"mail"};
    root.group_by = std::vector<std::string>{"g"};
    root.group_wait = kWait;
    root.group_interval = kInterval;
    root.repeat_interval = kRepeat;
    root.routes.resize(2);
    root.routes[0].matchers = "{n=~\"[abc].*\"}";
    root.routes[0].continues = true;
    root.routes[0].receivers = std::vector<std::string>{"phone"};
    root.routes[1].matchers = "{n=~\"[cde].*\"}";
    root.routes[1].group_by = std::vector<std::string>{};
    tree_ = RouteTree::compile(root, std::vector<std::string>{"mail", "phone"}).value();
    grouping_ = make();
  }

  void step() {
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return fire(name());
      case 4:
      case 5:
        return resolve(name());
      case 6:
        return mute(name());
      case 7:
        return restart();
      default:
        return pass(seconds(pick(4) == 0 ? pick(3600) : pick(200)));
    }
  }

  void end() {
    muted_.clear();
    for (auto names = fires_; const auto& [name, since] : names) resolve(name);
    pass(hours(2));
    EXPECT_EQ(witness_.open(), 0U);
    EXPECT_EQ(grouping_->groups(), 0U);
    EXPECT_EQ(grouping_->alerts(), 0U);
    EXPECT_EQ(budget_.used(), 0U);
    EXPECT_EQ(grouping_->refused(), 0U);
  }
  std::size_t told() const { return told_; }

 private:
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
  std::string name() { return std::string(1, static_cast<char>('a' + pick(6))) + std::to_string(pick(2)); }

  std::unique_ptr<Grouping> make() {
    auto muted = [this](const model::Alert& alert) {
      Muted by;
      if (muted_.contains(std::string(model::label_of(alert.labels, "n")))) by.silences.push_back(1);
      return by;
    };
    auto decided = [this](const Decision& decision) {
      if (decision.verdict == NotifyVerdict::kNotified) ++notified_;
    };
    return std::make_unique<Grouping>(budget_.account("grouping"), muted, decided);
  }
  static model::Alert alert(const std::string& name) { return firing({{"g", name.substr(1)}, {"n", name}}); }
  std::vector<std::string> groups_of(const std::string& name) const {
    std::vector<std::string> out;
    auto labels = alert(name).labels;
    for (const auto& route : tree_.match(labels)) out.push_back(Group::key_of(*route, group_labels(*route, labels)));
    return out;
  }

  void fire(const std::string& name) {
    ASSERT_TRUE(
        grouping_->insert(share(alert(name), budget_.account("grouping")), tree_.match(alert(name).labels), now_));
    for (const auto& group : groups_of(name)) model_.fire(group, name, now_);
    fires_.try_emplace(name, now_);
  }
  void resolve(const std::string& name) {
    ASSERT_TRUE(grouping_->insert(share(resolved(alert(name), now_), budget_.account("grouping")),
                                  tree_.match(alert(name).labels), now_));
    model_.resolve(name);
    fires_.erase(name);
  }
  void mute(const std::string& name) {
    if (muted_.erase(name) == 0)
      muted_.insert(name);
    else if (auto found = fires_.find(name); found != fires_.end())
      found->second = now_;
  }
  void restart() {
    auto records = grouping_->records();
    grouping_ = make();
    ASSERT_EQ(grouping_->restore(records, tree_, now_), 0U);
    for (const auto& [name, since] : fires_)
      ASSERT_TRUE(
          grouping_->insert(share(alert(name), budget_.account("grouping")), tree_.match(alert(name).labels), now_));
    EXPECT_TRUE(grouping_->unclaimed().empty());
  }
  void pass(seconds d) {
    for (const auto until = now_ + d;;) {
      ASSERT_EQ(grouping_->next_due(), model_.next());
      now_ = std::min(until, grouping_->next_due());
      tell();
      if (now_ == until) break;
    }
    for (const auto& [name, since] : fires_)
      if (!muted_.contains(name))
        for (const auto& group : groups_of(name)) witness_.expect_told(group, name, since, now_);
  }
  void tell() {
    std::vector<Told> real;
    std::size_t alerts = 0;
    notified_ = 0;
    for (const auto& flush : grouping_->due(now_)) {
      Told told{.when = now_,
                .group = Group::key_of(*flush.route, flush.group_labels),
                .firing = {},
                .resolved = {},
                .reason = flush.reason};
      for (const auto& one : flush.alerts)
        (one->firing() ? told.firing : told.resolved).emplace(model::label_of(one->labels, "n"));
      alerts += flush.alerts.size();
      witness_.add(told);
      real.push_back(std::move(told));
    }
    EXPECT_EQ(notified_, alerts);
    std::ranges::sort(real);
    EXPECT_EQ(real, model_.due(now_, muted_));
    told_ += real.size();
  }

  std::mt19937 random_;
  memory::Budget budget_{64 << 20};
  RouteTree tree_ = RouteTree::compile({}, {}).value();
  std::set<std::string> muted_;
  std::map<std::string, WallTime> fires_;  // since when an alert fires and is not muted
  WallTime now_ = kStart;
  Model model_;
  Witness witness_;
  std::size_t told_ = 0, notified_ = 0;
  std::unique_ptr<Grouping> grouping_;
};

TEST(GroupingModel, tells_what_a_simple_model_tells_whatever_happens) {
  std::size_t told = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    World world(seed);
    for (int i = 0; i < 300 && !testing::Test::HasFailure(); ++i) world.step();
    world.end();
    told += world.told();
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
  EXPECT_GT(told, 5000U);
}

}  // namespace
}  // namespace holter::alert
