#include "access/setup.h"

#include "access/test_access.h"

namespace holter::access {
namespace {

using namespace std::chrono_literals;

class SetupTest : public AccessFixture {
 protected:
  secrets::SetupToken offer() {
    auto token = run(access_->setup.offer(soon()));
    EXPECT_TRUE(token.has_value() && token->has_value()) << text_of(token);
    return std::move(**token);
  }
  static secrets::SetupToken copy_of(const secrets::SetupToken& token) {
    return secrets::SetupToken::parse(token.text().view()).value();
  }
  ErrorCode use(const secrets::SetupToken& token, const std::string& name, std::string_view password = kPassword) {
    auto made = run(access_->setup.make_first_admin(copy_of(token), name, secret(password), soon()));
    return made ? ErrorCode{} : made.error().code();
  }
  Result<std::string> reset(const secrets::SetupToken& token, std::string_view password) {
    return run(access_->setup.reset_password(copy_of(token), secret(password), soon()));
  }
  std::size_t accounts() {
    return read<std::vector<catalog::Account>>([](catalog::Database& d) { return catalog::read_accounts(d); })->size();
  }
};
HOLTER_ON_BOTH_ENGINES(SetupTest);

TEST_P(SetupTest, there_is_no_account_and_no_password_at_first) {
  EXPECT_EQ(accounts(), 0u);
  for (const char* name : {"admin", "root", "holter"})
    for (const char* password : {"admin", "holter", "", "changeme"})
      EXPECT_EQ(answer_to(name, password).substr(0, 14), "cannot log in:") << name;
}

TEST_P(SetupTest, the_link_makes_the_first_admin_once) {
  auto token = offer();
  EXPECT_EQ(use(token, "eva"), ErrorCode{});
  EXPECT_EQ(log_in("eva").identity.role(), Role::kAdmin);
  EXPECT_EQ(use(token, "mallory"), ErrorCode::kUnauthenticated);
  EXPECT_EQ(accounts(), 1u);
  auto again = run(access_->setup.offer(soon()));
  ASSERT_TRUE(again.has_value());
  EXPECT_FALSE(again->has_value()) << "there is an account";
  auto entries = audit();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].who, "access:setup");
  EXPECT_EQ(entries[0].what, "account.create");
  EXPECT_EQ(entries[0].after, R"({"name":"eva","role":"admin","disabled":false,"has_password":true})");
}

TEST_P(SetupTest, only_the_newest_link_works_and_only_for_an_hour) {
  auto first = offer(), second = offer();
  EXPECT_EQ(use(first, "eva"), ErrorCode::kUnauthenticated);
  EXPECT_EQ(use(secrets::SetupToken::random(), "eva"), ErrorCode::kUnauthenticated);
  clock_.advance(1h);
  EXPECT_EQ(use(second, "eva"), ErrorCode::kUnauthenticated);
  EXPECT_EQ(accounts(), 0u);
  auto third = offer();
  clock_.advance(59min);
  EXPECT_EQ(use(third, "eva"), ErrorCode{});
}

TEST_P(SetupTest, the_link_outlives_a_mistake) {
  auto token = offer();
  EXPECT_EQ(use(token, "eva", "short"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(use(token, "file:eva"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(use(token, "eva"), ErrorCode{});
}

TEST_P(SetupTest, who_has_no_link_makes_no_hash_be_calculated) {
  offer();
  auto before = hashes();
  EXPECT_EQ(use(secrets::SetupToken::random(), "eva"), ErrorCode::kUnauthenticated);
  EXPECT_EQ(hashes(), before);
}

TEST_P(SetupTest, of_two_who_use_it_at_once_one_wins) {
  auto token = offer();
  auto one = spawn(access_->setup.make_first_admin(copy_of(token), "eva", secret(kPassword), soon()));
  auto two = spawn(access_->setup.make_first_admin(copy_of(token), "ada", secret(kPassword), soon()));
  finish(one, two);
  EXPECT_NE((*one)->has_value(), (*two)->has_value());
  EXPECT_EQ(((*one)->has_value() ? **two : **one).error().code(), ErrorCode::kUnauthenticated);
  EXPECT_EQ(accounts(), 1u);
}

TEST_P(SetupTest, a_link_of_before_another_account_came_about_is_worth_nothing) {
  auto token = offer();
  ASSERT_TRUE(write<catalog::Account>(
      [](catalog::Transaction& t) { return catalog::create_account(t, {"imported", "viewer"}); }));
  EXPECT_EQ(use(token, "eva"), ErrorCode::kUnauthenticated);
  EXPECT_EQ(accounts(), 1u);
}

TEST_P(SetupTest, a_reset_sets_a_password_ends_sessions_and_the_lock) {
  root();
  auto old = log_in("root");
  ASSERT_TRUE(find(old.token).has_value());
  for (int i = 0; i < 5; ++i) (void)answer_to("root", "wrong");
  auto token = run(access_->setup.offer_reset("root", soon()));
  ASSERT_TRUE(token.has_value()) << text_of(token);
  EXPECT_EQ(reset(*token, "short").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(reset(*token, "another horse battery").value(), "root");
  EXPECT_EQ(answer_to("root", "another horse battery"), "logged in");
  EXPECT_EQ(answer_to("root", kPassword), "cannot log in: wrong name or password");
  EXPECT_FALSE(find(old.token).has_value());
  EXPECT_EQ(reset(*token, "a third horse battery").error().code(), ErrorCode::kUnauthenticated) << "once";
}

TEST_P(SetupTest, a_reset_is_for_an_account_that_is_there_and_enabled_then_and_now) {
  auto admin = root();
  auto eva = make(admin, "eva");
  EXPECT_EQ(run(access_->setup.offer_reset("nobody", soon())).error().code(), ErrorCode::kNotFound);
  auto token = run(access_->setup.offer_reset("eva", soon()));
  ASSERT_TRUE(token.has_value());
  auto off = run(access_->admin.change(admin, {.name = "eva", .version = eva.version, .disabled = true}, soon()));
  ASSERT_TRUE(off.has_value()) << text_of(off);
  EXPECT_EQ(reset(*token, "another horse battery").error().code(), ErrorCode::kConflict);
  EXPECT_EQ(run(access_->setup.offer_reset("eva", soon())).error().code(), ErrorCode::kInvalidArgument);
}

TEST_P(SetupTest, links_do_not_do_each_others_work) {
  auto first = offer();
  EXPECT_EQ(reset(first, kPassword).error().code(), ErrorCode::kUnauthenticated);
  ASSERT_EQ(use(first, "root"), ErrorCode{});
  auto token = run(access_->setup.offer_reset("root", soon()));
  EXPECT_EQ(use(*token, "mallory"), ErrorCode::kUnauthenticated);
  clock_.advance(1h);
  EXPECT_EQ(reset(*token, "another horse battery").error().code(), ErrorCode::kUnauthenticated);
}

TEST_P(SetupTest, names_of_accounts_are_one_word_that_is_no_ones_else) {
  auto token = offer();
  for (const char* name : {"", "a b", "a\tb", "file:x", "a\x7f", "\xff"})
    EXPECT_EQ(use(token, name), ErrorCode::kInvalidArgument) << name;
  EXPECT_EQ(use(token, std::string(65, 'a')), ErrorCode::kInvalidArgument);
  EXPECT_EQ(use(token, "\xe5\xbc\xa0\xe4\xbc\x9f"), ErrorCode{});
}

}  // namespace
}  // namespace holter::access
