// What somebody tries who should not get in, or should not get further.
#include <algorithm>

#include "access/test_access.h"

namespace holter::access {
namespace {

using namespace std::chrono_literals;

constexpr const char* kWrong = "cannot log in: wrong name or password";

class AttackTest : public AccessFixture {
 protected:
  /// What an attempt costs and what it tells.
  struct Seen {
    std::string answer;
    std::uint64_t hashes = 0, commits = 0;
    bool operator==(const Seen&) const = default;
  };
  Seen attempt(const std::string& name, std::string_view password) {
    auto hashed = hashes();
    auto commits = catalog_->stats().commits;
    auto answer = answer_to(name, password);
    return {answer, hashes() - hashed, catalog_->stats().commits - commits};
  }
};
HOLTER_ON_BOTH_ENGINES(AttackTest);

TEST_P(AttackTest, a_token_that_was_put_into_a_browser_before_the_login_is_worth_nothing_after_it) {
  root();
  auto planted = secrets::SessionToken::random();
  EXPECT_EQ(find(planted).error().code(), ErrorCode::kUnauthenticated);
  auto first = log_in("root"), second = log_in("root");
  EXPECT_EQ(find(planted).error().code(), ErrorCode::kUnauthenticated);
  EXPECT_NE(first.token.text().view(), second.token.text().view());
  EXPECT_NE(first.identity.csrf(), second.identity.csrf());
  EXPECT_FALSE(second.token.accepts_csrf(first.identity.csrf()));
}

TEST_P(AttackTest, tokens_and_sessions_of_a_deleted_account_do_not_come_back_with_its_name) {
  auto admin = root();
  auto eva = make(admin, "eva", Role::kEditor);
  auto session = log_in("eva");
  auto token = make_token(admin, "eva", "ci", "admin").value();
  ASSERT_TRUE(find(session.token).has_value() && find(token.token).has_value());
  ASSERT_TRUE(run(access_->admin.remove(admin, "eva", eva.version, soon())).has_value());
  EXPECT_EQ(find(session.token).error().code(), ErrorCode::kUnauthenticated);
  EXPECT_EQ(find(token.token).error().code(), ErrorCode::kUnauthenticated);
  make(admin, "eva", Role::kAdmin);
  start();
  EXPECT_EQ(find(session.token).error().code(), ErrorCode::kUnauthenticated);
  EXPECT_EQ(find(token.token).error().code(), ErrorCode::kUnauthenticated);
}

TEST_P(AttackTest, an_account_that_is_disabled_behind_our_back_is_out_within_five_seconds) {
  auto admin = root();
  make(admin, "eva");
  auto session = log_in("eva");
  auto token = make_token(admin, "eva", "ci", "read").value();
  ASSERT_TRUE(find(session.token).has_value() && find(token.token).has_value());
  ASSERT_TRUE(write<catalog::Account>([](catalog::Transaction& t) -> Result<catalog::Account> {
    TRY(auto account, catalog::find_account(t.database(), "eva"));
    account.disabled = true;  // the session's row stays
    return catalog::update_account(t, account);
  }));
  clock_.advance(5s);
  EXPECT_EQ(find(session.token).error().code(), ErrorCode::kUnauthenticated);
  EXPECT_EQ(find(token.token).error().code(), ErrorCode::kUnauthenticated);
}

TEST_P(AttackTest, who_exists_cannot_be_told_from_answers_locks_or_work) {
  auto admin = root();
  make(admin, "eva");
  ASSERT_TRUE(run(access_->admin.create(admin, "without", Role::kAdmin, std::nullopt, soon())).has_value());
  auto off = make(admin, "disabled");
  ASSERT_TRUE(
      run(access_->admin.change(admin, {.name = "disabled", .version = off.version, .disabled = true}, soon())));
  const std::string long_name(5000, 'x'), broken("no\0name\xff", 8);
  auto transcript = [&](const std::string& name, std::string_view password) {
    std::vector<Seen> seen;
    for (int i = 0; i < 12; ++i) {
      seen.push_back(attempt(name, password));
      seen.push_back(attempt(name, password));
      clock_.advance(4s);
    }
    clock_.advance(25h);
    for (int i = 0; i < 6; ++i) seen.push_back(attempt(name, password));
    clock_.advance(25h);
    return seen;
  };
  auto known = transcript("eva", "wrong password");
  EXPECT_EQ(known.front(), (Seen{kWrong, 1, 1}));
  EXPECT_EQ(std::ranges::count(known, 0u, &Seen::hashes) > 0, true) << "some were locked";
  for (const auto& [name, password] :
       std::vector<std::pair<std::string, std::string>>{{"nobody", "wrong password"},
                                                        {"disabled", std::string(kPassword)},
                                                        {"without", ""},
                                                        {long_name, "wrong password"},
                                                        {broken, "wrong password"}}) {
    auto other = transcript(name, password);
    ASSERT_EQ(other.size(), known.size());
    for (std::size_t i = 0; i < known.size(); ++i) {
      EXPECT_EQ(other[i].answer, known[i].answer) << name.substr(0, 10) << " " << i;
      EXPECT_EQ(other[i].hashes, known[i].hashes) << name.substr(0, 10) << " " << i;
      EXPECT_EQ(other[i].commits, known[i].commits) << name.substr(0, 10) << " " << i;
    }
  }
}

TEST_P(AttackTest, a_lock_of_a_name_that_nobody_has_outlives_a_restart_as_others_do) {
  root();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(answer_to("nobody", "wrong"), kWrong);
  start();
  EXPECT_EQ(answer_to("nobody", "wrong"), "cannot log in: try again in 1 s");
}

TEST_P(AttackTest, guesses_at_once_are_as_many_as_guesses_in_a_row) {
  root();
  auto before = hashes();
  std::vector<std::shared_ptr<std::optional<Result<LoginAnswer>>>> answers;
  for (int i = 0; i < 40; ++i)
    answers.push_back(spawn(access_->login.log_in("root", secret(fmt::format("guess number {}", i)), {}, soon())));
  ASSERT_TRUE(testing::run_until(
      context_, [&] { return std::ranges::all_of(answers, [](const auto& one) { return one->has_value(); }); }));
  EXPECT_EQ(hashes() - before, 5u);
  auto locked = std::ranges::count_if(answers, [](const auto& one) {
    return one->value().has_value() && (*one)->value().kind == LoginAnswer::Kind::kTryLater;
  });
  EXPECT_EQ(locked, 35);
}

TEST_P(AttackTest, guesses_by_two_processes_at_once_are_as_many) {
  root();
  auto other_catalog = open_catalog();
  Access other(parts_of(*other_catalog), access_options_);
  auto before = hashes();
  std::vector<std::shared_ptr<std::optional<Result<LoginAnswer>>>> answers;
  for (int i = 0; i < 20; ++i)
    answers.push_back(spawn((i % 2 == 0 ? *access_ : other).login.log_in("root", secret("a wrong guess"), {}, soon())));
  ASSERT_TRUE(testing::run_until(
      context_, [&] { return std::ranges::all_of(answers, [](const auto& one) { return one->has_value(); }); }));
  EXPECT_EQ(hashes() - before, 5u);
}

TEST_P(AttackTest, a_password_that_was_changed_while_it_was_checked_makes_no_session) {
  auto admin = root();
  auto eva = make(admin, "eva");
  auto verdict = run(access_->passwords.check("eva", secret(kPassword), soon()));
  ASSERT_TRUE(verdict.has_value());
  ASSERT_EQ(verdict->kind, PasswordVerdict::Kind::kRight);
  ASSERT_TRUE(run(
      access_->admin.set_password(admin, {"eva", eva.version, secret(""), secret("another horse battery")}, soon())));
  auto late =
      write<catalog::Account>([&](catalog::Transaction& t) { return PasswordCheck::passed(t, "eva", *verdict); });
  EXPECT_EQ(late.error().code(), ErrorCode::kConflict);
}

TEST_P(AttackTest, an_account_that_was_disabled_while_its_password_was_checked_does_not_get_in) {
  auto admin = root();
  auto eva = make(admin, "eva");
  auto verdict = run(access_->passwords.check("eva", secret(kPassword), soon()));
  ASSERT_TRUE(run(access_->admin.change(admin, {.name = "eva", .version = eva.version, .disabled = true}, soon())));
  auto late =
      write<catalog::Account>([&](catalog::Transaction& t) { return PasswordCheck::passed(t, "eva", *verdict); });
  EXPECT_EQ(late.error().code(), ErrorCode::kConflict);
}

TEST_P(AttackTest, of_two_writers_at_once_one_is_told_that_it_came_too_late) {
  auto admin = root();
  auto eva = make(admin, "eva");
  auto one =
      spawn(access_->admin.change(admin, {.name = "eva", .version = eva.version, .role = Role::kEditor}, soon()));
  auto two =
      spawn(access_->admin.change(admin, {.name = "eva", .version = eva.version, .role = Role::kOperator}, soon()));
  finish(one, two);
  ASSERT_NE((*one)->has_value(), (*two)->has_value());
  const auto& lost = (*one)->has_value() ? **two : **one;
  const auto& won = (*one)->has_value() ? **one : **two;
  EXPECT_EQ(lost.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(stored("eva").role, to_string(won->role));
}

TEST_P(AttackTest, of_two_writers_in_two_processes_one_is_told_that_it_came_too_late) {
  auto admin = root();
  auto eva = make(admin, "eva");
  auto other_catalog = open_catalog();
  Access other(parts_of(*other_catalog), access_options_);
  auto one =
      spawn(access_->admin.change(admin, {.name = "eva", .version = eva.version, .role = Role::kEditor}, soon()));
  auto two = spawn(other.admin.remove(admin, "eva", eva.version, soon()));
  finish(one, two);
  ASSERT_NE((*one)->has_value(), (*two)->has_value());
  if ((*one)->has_value())
    EXPECT_EQ((*two)->error().code(), ErrorCode::kConflict);
  else
    EXPECT_EQ((*one)->error().code(), ErrorCode::kNotFound);
}

TEST_P(AttackTest, of_two_admins_who_depose_each_other_at_once_one_stays) {
  auto admin = root();
  auto eva = make(admin, "eva", Role::kAdmin);
  auto other = log_in("eva").identity;
  auto version = stored("root").version;
  auto one =
      spawn(access_->admin.change(admin, {.name = "eva", .version = eva.version, .role = Role::kViewer}, soon()));
  auto two = spawn(access_->admin.change(other, {.name = "root", .version = version, .disabled = true}, soon()));
  finish(one, two);
  EXPECT_NE((*one)->has_value(), (*two)->has_value());
}

TEST_P(AttackTest, an_identity_of_before_the_account_was_deposed_changes_nothing) {
  auto admin = root();
  auto eva = make(admin, "eva", Role::kAdmin);
  auto old = log_in("eva").identity;
  eva =
      run(access_->admin.change(admin, {.name = "eva", .version = eva.version, .role = Role::kViewer}, soon())).value();
  auto up = run(access_->admin.change(old, {.name = "eva", .version = eva.version, .role = Role::kAdmin}, soon()));
  EXPECT_EQ(up.error().code(), ErrorCode::kForbidden);
  ASSERT_TRUE(run(access_->admin.remove(admin, "eva", eva.version, soon())).has_value());
  auto made = run(access_->admin.create(old, "mallory", Role::kAdmin, secret(kPassword), soon()));
  EXPECT_EQ(made.error().code(), ErrorCode::kUnauthenticated);
  EXPECT_EQ(make_token(old, "eva", "x", "read").error().code(), ErrorCode::kUnauthenticated);
}

TEST_P(AttackTest, neither_messages_nor_the_audit_log_nor_errors_tell_a_secret) {
  auto admin = root();
  auto eva = make(admin, "eva");
  const std::string secret_text = "hunter2 hunter2 hunter2";
  std::vector<std::string> texts;
  texts.push_back(answer_to("eva", secret_text));
  texts.push_back(answer_to(secret_text, "x"));
  texts.push_back(text_of(
      run(access_->admin.create(admin, "x", Role::kViewer, secret(secret_text + std::string(2000, 'x')), soon()))));
  texts.push_back(
      text_of(run(access_->admin.set_password(admin, {"eva", 9, secret(""), secret(secret_text)}, soon()))));
  auto token = make_token(admin, "root", "ci", "read");
  for (const auto& entry : audit()) texts.push_back(entry.before + entry.after + entry.target + entry.what);
  for (const auto& text : texts) {
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
    EXPECT_EQ(text.find("argon2"), std::string::npos) << text;
    EXPECT_EQ(text.find(std::string(token->token.text().view())), std::string::npos) << text;
    EXPECT_EQ(text.find(token->stored.hash), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace holter::access
