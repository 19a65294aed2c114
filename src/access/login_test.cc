#include "access/login.h"

#include "access/test_access.h"

namespace holter::access {
namespace {

using namespace std::chrono_literals;

constexpr const char* kWrong = "cannot log in: wrong name or password";

class LoginTest : public AccessFixture {
 protected:
  void fail(const std::string& name, int times) {
    for (int i = 0; i < times; ++i) EXPECT_EQ(answer_to(name, "wrong"), kWrong) << i;
  }
};
HOLTER_ON_BOTH_ENGINES(LoginTest);

TEST_P(LoginTest, lets_in_by_the_password_and_by_no_other) {
  root();
  EXPECT_EQ(answer_to("root", kPassword), "logged in");
  EXPECT_EQ(answer_to("root", "correct horse batter"), kWrong);
  EXPECT_EQ(answer_to("Root", kPassword), kWrong) << "names are what they are";
  EXPECT_EQ(answer_to("root", ""), kWrong);
  EXPECT_EQ(answer_to("", kPassword), kWrong);
}

TEST_P(LoginTest, locks_from_the_fifth_failure_on_and_twice_as_long_each_time) {
  root();
  fail("root", 5);
  for (int n = 0; n < 12; ++n) {
    auto wait = std::min<long long>(1LL << n, 900);
    auto locked = fmt::format("cannot log in: try again in {} s", wait);
    EXPECT_EQ(answer_to("root", "wrong"), locked);
    EXPECT_EQ(answer_to("root", kPassword), locked) << "the right one says no more";
    clock_.advance(std::chrono::seconds(wait) - 1ms);
    EXPECT_EQ(answer_to("root", kPassword), "cannot log in: try again in 1 s");
    clock_.advance(1ms);
    fail("root", 1);
  }
  clock_.advance(900s);
  EXPECT_EQ(answer_to("root", kPassword), "logged in");
  fail("root", 5);
}

TEST_P(LoginTest, a_lock_outlives_a_restart_and_a_failure_does_too) {
  root();
  fail("root", 4);
  start();
  fail("root", 1);
  start();
  EXPECT_EQ(answer_to("root", kPassword), "cannot log in: try again in 1 s");
}

TEST_P(LoginTest, failures_of_yesterday_are_forgotten) {
  root();
  fail("root", 4);
  clock_.advance(24h + 1s);
  fail("root", 4);
  clock_.advance(23h);
  fail("root", 1);
  EXPECT_EQ(answer_to("root", kPassword), "cannot log in: try again in 1 s");
}

TEST_P(LoginTest, a_clock_that_was_set_back_locks_nobody_out) {
  root();
  fail("root", 5);
  clock_.set_wall(clock_.wall() - 24h);
  EXPECT_EQ(answer_to("root", kPassword), "logged in");
}

TEST_P(LoginTest, the_lock_of_one_name_is_not_that_of_another) {
  auto admin = root();
  make(admin, "eva");
  fail("eva", 5);
  EXPECT_EQ(answer_to("root", kPassword), "logged in");
}

TEST_P(LoginTest, limits_attempts_by_address) {
  access_options_.limits = {.burst = 2, .interval = 3s};
  start();
  root();  // one attempt
  fail("nobody", 1);
  auto before = hashes();
  EXPECT_EQ(answer_to("root", kPassword), "cannot log in: try again in 3 s");
  EXPECT_EQ(hashes(), before);
  auto elsewhere = run(access_->login.log_in("root", secret(kPassword), {"", "192.0.2.2"}, soon()));
  EXPECT_EQ(elsewhere->text(), "logged in");
}

TEST_P(LoginTest, hashes_anew_when_the_cost_has_changed_and_makes_no_new_version) {
  root();
  auto before = stored("root");
  secrets::PasswordHasher costlier({.account = &budget_.account("passwords"), .cost = {2048, 1}});
  Access other({*catalog_, costlier, clock_, budget_.account("other")}, access_options_);
  auto in = [&] { return run(other.login.log_in("root", secret(kPassword), {}, soon()))->text(); };
  EXPECT_EQ(in(), "logged in");
  EXPECT_EQ(costlier.stats().calculated, 2u);
  auto after = stored("root");
  EXPECT_NE(after.password_hash, before.password_hash);
  EXPECT_TRUE(after.password_hash.starts_with("$argon2id$v=19$m=2048,t=1,p=1$")) << after.password_hash;
  EXPECT_EQ(after.version, before.version);
  EXPECT_EQ(in(), "logged in");
  EXPECT_EQ(costlier.stats().calculated, 3u) << "once is enough";
}

TEST_P(LoginTest, a_stored_password_that_cannot_be_read_is_a_wrong_one) {
  root();
  ASSERT_TRUE(write<void>([](catalog::Transaction& t) -> Status {
    TRY(auto account, catalog::find_account(t.database(), "root"));
    account.password_hash = "$2a$10$rubbish";
    TRY(auto stored, catalog::update_account(t, account));
    return {};
  }));
  EXPECT_EQ(answer_to("root", kPassword), kWrong);
}

TEST_P(LoginTest, when_too_many_wait_is_an_error_and_no_failure) {
  root();
  budget_.account("passwords").set_limit(1000);
  for (int i = 0; i < 6; ++i) {
    auto refused = try_log_in("root", kPassword);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
    EXPECT_FALSE(try_log_in("nobody", kPassword).has_value());
  }
  EXPECT_EQ(stored("root").failed_logins, 0u);
  budget_.account("passwords").set_limit(64 << 20);
  EXPECT_EQ(answer_to("root", kPassword), "logged in");
}

TEST_P(LoginTest, an_account_with_a_role_that_there_is_not_does_not_get_in) {
  root();
  ASSERT_TRUE(write<catalog::Account>([](catalog::Transaction& t) -> Result<catalog::Account> {
    TRY(auto account, catalog::find_account(t.database(), "root"));
    account.role = "god";
    return catalog::update_account(t, account);
  }));
  EXPECT_EQ(try_log_in("root", kPassword).error().code(), ErrorCode::kCorruption);
}

}  // namespace
}  // namespace holter::access
