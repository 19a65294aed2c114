// Random histories of accounts, logins, sessions and tokens against a model that knows who is let in when.
#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "access/test_access.h"

namespace holter::access {
namespace {

using namespace std::chrono_literals;

constexpr auto kIdle = 12h;
constexpr auto kLongest = 7 * 24h;
constexpr std::size_t kSessions = 3;
const std::vector<std::string> kNames = {"eva", "ada", "bob"};
const std::vector<std::string> kPasswords = {"correct horse battery", "another horse battery", "a third horse battery"};

struct ModelFailures {
  int count = 0;
  WallTime until{};
};

struct ModelAccount {
  std::string password;
  Role role = Role::kViewer;
  bool disabled = false;
  std::uint64_t version = 1;
  ModelFailures failures;
};

struct ModelSession {
  secrets::SessionToken token;
  std::string account;
  WallTime created, used;
};

struct ModelToken {
  secrets::ApiToken token;
  std::string account, name;
  Role most;
  WallTime expires;
};

class ModelTest : public AccessFixture {
 protected:
  void SetUp() override {
    access_options_.sessions.of_account = kSessions;
    access_options_.sessions.write_interval = milliseconds(0);  // so that a restart loses no use
    AccessFixture::SetUp();
    if (HasFatalFailure()) return;
    admin_.emplace(root());
  }

  std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  const std::string& any(const std::vector<std::string>& of) { return of[pick(of.size())]; }
  ModelAccount* account(const std::string& name) {
    auto found = accounts_.find(name);
    return found != accounts_.end() ? &found->second : nullptr;
  }
  void drop_sessions(const std::string& name) {
    std::erase_if(sessions_, [&](const ModelSession& s) { return s.account == name; });
  }

  /// What the model says to a login, with what it changes.
  std::string expected_login(const std::string& name, const std::string& password) {
    auto now = clock_.wall();
    auto* found = account(name);
    auto& failures = found != nullptr ? found->failures : unknown_[name];
    if (failures.until > now) {
      auto left = std::chrono::ceil<seconds>(failures.until - now);
      return fmt::format("cannot log in: try again in {} s", left.count());
    }
    if (found != nullptr && !found->disabled && found->password == password) {
      failures = {};
      return "logged in";
    }
    if (now - failures.until > 24h) failures.count = 0;
    ++failures.count;
    auto lock = failures.count < 5 ? 0.0 : std::min(900.0, std::pow(2.0, failures.count - 5));
    failures.until = now + seconds(static_cast<long long>(lock));
    return "cannot log in: wrong name or password";
  }

  void log_in_somebody() {
    clock_.advance(1ms);  // sessions have an order
    const auto& name = any(kNames);
    const auto* known = account(name);
    auto password = known != nullptr && pick(2) == 0 ? known->password : any(kPasswords);
    auto expected = expected_login(name, password);
    auto answer = try_log_in(name, password);
    ASSERT_TRUE(answer.has_value()) << text_of(answer);
    ASSERT_EQ(answer->text(), expected) << name;
    if (!answer->in) return;
    auto now = clock_.wall();
    std::erase_if(sessions_,
                  [&](const ModelSession& s) { return s.created + kLongest <= now || s.used < now - kIdle; });
    auto mine = [&](const ModelSession& s) { return s.account == name; };
    if (std::ranges::count_if(sessions_, mine) >= static_cast<long>(kSessions))
      sessions_.erase(std::ranges::find_if(sessions_, mine));  // they are in the order of their beginning
    sessions_.push_back({std::move(answer->in->token), name, now, now});
  }

  void find_all() {
    auto now = clock_.wall();
    for (auto& session : sessions_) {
      const auto* owner = account(session.account);
      auto alive = owner != nullptr && now < session.created + kLongest && now - session.used < kIdle;
      auto found = find(session.token);
      ASSERT_EQ(found.has_value(), alive) << session.account << " " << text_of(found);
      if (!alive) continue;
      ASSERT_EQ(found->role(), owner->role);
      session.used = now;
    }
    for (const auto& token : tokens_) {
      const auto* owner = account(token.account);
      auto alive = owner != nullptr && !owner->disabled && now < token.expires;
      auto found = find(token.token);
      ASSERT_EQ(found.has_value(), alive) << token.account << " " << text_of(found);
      if (alive) ASSERT_EQ(found->role(), std::min(owner->role, token.most));
    }
    for (const auto& token : ended_) ASSERT_FALSE(find(token).has_value());
    ASSERT_TRUE(run(access_->sessions.write_uses(soon())).has_value());
  }

  void end_a_session() {
    if (sessions_.empty()) return;
    auto at = sessions_.begin() + static_cast<long>(pick(sessions_.size()));
    ASSERT_TRUE(run(access_->sessions.end(copy_of(at->token), soon())).has_value());
    ended_.push_back(std::move(at->token));
    sessions_.erase(at);
  }

  void make_or_delete() {
    const auto& name = any(kNames);
    if (auto* found = account(name)) {
      ASSERT_TRUE(run(access_->admin.remove(*admin_, name, found->version, soon())).has_value());
      accounts_.erase(name);
      for (auto& session : sessions_)
        if (session.account == name) ended_.push_back(std::move(session.token));
      drop_sessions(name);
      std::erase_if(tokens_, [&](const ModelToken& t) { return t.account == name; });
      return;
    }
    const auto& password = any(kPasswords);
    auto role = static_cast<Role>(pick(5));
    auto made = run(access_->admin.create(*admin_, name, role, secret(password), soon()));
    ASSERT_TRUE(made.has_value()) << text_of(made);
    accounts_[name] = {password, role};
  }

  void change() {
    const auto& name = any(kNames);
    AccountChange change{.name = name, .version = 1};
    auto* found = account(name);
    if (found == nullptr) {
      ASSERT_EQ(run(access_->admin.change(*admin_, change, soon())).error().code(), ErrorCode::kNotFound);
      return;
    }
    auto stale = pick(4) == 0;
    change.version = stale ? found->version + 1 : found->version;
    if (pick(2) == 0)
      change.disabled = pick(2) == 0;
    else
      change.role = static_cast<Role>(pick(5));
    auto changed = run(access_->admin.change(*admin_, change, soon()));
    if (stale) {
      ASSERT_EQ(changed.error().code(), ErrorCode::kConflict);
      return;
    }
    ASSERT_TRUE(changed.has_value()) << text_of(changed);
    auto before = std::pair(found->role, found->disabled);
    found->role = change.role.value_or(found->role);
    found->disabled = change.disabled.value_or(found->disabled);
    if (before == std::pair(found->role, found->disabled)) return;
    ++found->version;
    drop_sessions(name);
  }

  void set_a_password() {
    const auto& name = any(kNames);
    auto* found = account(name);
    if (found == nullptr) return;
    const auto& password = any(kPasswords);
    auto set = run(access_->admin.set_password(*admin_, {name, found->version, secret(""), secret(password)}, soon()));
    ASSERT_TRUE(set.has_value()) << text_of(set);
    found->password = password;
    found->failures = {};
    ++found->version;
    drop_sessions(name);
  }

  void make_or_delete_a_token() {
    if (!tokens_.empty() && pick(3) == 0) {
      auto at = tokens_.begin() + static_cast<long>(pick(tokens_.size()));
      ASSERT_TRUE(run(access_->tokens.remove(*admin_, at->account, at->name, soon())).has_value());
      EXPECT_FALSE(find(at->token).has_value());
      tokens_.erase(at);
      return;
    }
    const auto& name = any(kNames);
    constexpr std::pair<const char*, Role> kScopes[] = {
        {"read", Role::kViewer}, {"operate", Role::kOperator}, {"edit read", Role::kEditor}, {"admin", Role::kAdmin}};
    auto [scopes, most] = kScopes[pick(4)];
    auto expires = pick(2) == 0 ? WallTime() : clock_.wall() + 10h;
    auto label = fmt::format("t{}", ++count_);
    auto made = make_token(*admin_, name, label, scopes, expires);
    ASSERT_EQ(made.has_value(), account(name) != nullptr) << text_of(made);
    if (made)
      tokens_.push_back({std::move(made->token), name, label, most, expires == WallTime() ? WallTime::max() : expires});
  }

  void step() {
    constexpr milliseconds kSteps[] = {1ms, 500ms, 1s, 3s, 20s, 6min, 1h, 5h, 13h, 25h};
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return log_in_somebody();
      case 4:
        return find_all();
      case 5:
        return end_a_session();
      case 6:
        return make_or_delete();
      case 7:
        return change();
      case 8:
        return set_a_password();
      case 9:
        return make_or_delete_a_token();
      case 10:
        if (pick(8) == 0) return start();
        return find_all();
      default:
        return clock_.advance(kSteps[pick(std::size(kSteps))]);
    }
  }

  std::mt19937 random_;
  std::optional<Identity> admin_;
  std::map<std::string, ModelAccount> accounts_;
  std::map<std::string, ModelFailures> unknown_;
  std::vector<ModelSession> sessions_;
  std::vector<ModelToken> tokens_;
  std::vector<secrets::SessionToken> ended_;
  int count_ = 0;
};
HOLTER_ON_BOTH_ENGINES(ModelTest);

TEST_P(ModelTest, lets_in_exactly_whom_the_model_lets_in) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    random_.seed(seed);
    for (int i = 0; i < 250; ++i) {
      step();
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
  }
  EXPECT_GT(ended_.size(), 0u);
  EXPECT_FALSE(accounts_.empty());
}

}  // namespace
}  // namespace holter::access
