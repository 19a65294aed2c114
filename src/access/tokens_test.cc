#include "access/tokens.h"

#include "access/test_access.h"

namespace holter::access {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

class TokensTest : public AccessFixture {
 protected:
  WallTime used(const std::string& account) {
    return read<std::vector<catalog::ApiToken>>(
               [account](catalog::Database& d) { return catalog::read_tokens(d, account); })
        ->front()
        .last_used;
  }
};
HOLTER_ON_BOTH_ENGINES(TokensTest);

TEST_P(TokensTest, act_as_their_account_as_far_as_their_scopes_reach) {
  auto admin = root();
  auto made = make_token(admin, "root", "ci", "read operate");
  ASSERT_TRUE(made.has_value()) << text_of(made);
  auto found = find(made->token);
  ASSERT_TRUE(found.has_value()) << text_of(found);
  EXPECT_EQ(found->account(), "root");
  EXPECT_EQ(found->way(), Identity::Way::kToken);
  EXPECT_EQ(found->role(), Role::kOperator);
  EXPECT_EQ(found->csrf(), "");
  EXPECT_THAT(made->stored.hash, Not(HasSubstr(std::string(made->token.text().view()))));
  EXPECT_EQ(find(secrets::ApiToken::random()).error().code(), ErrorCode::kUnauthenticated);
}

TEST_P(TokensTest, expire) {
  auto admin = root();
  auto made = make_token(admin, "root", "ci", "read", clock_.wall() + 1h);
  ASSERT_TRUE(made.has_value()) << text_of(made);
  clock_.advance(1h - 1s);
  EXPECT_TRUE(find(made->token).has_value());
  clock_.advance(1s);
  EXPECT_EQ(find(made->token).error().code(), ErrorCode::kUnauthenticated) << "though it was known a second ago";
  EXPECT_EQ(make_token(admin, "root", "late", "read", clock_.wall()).error().code(), ErrorCode::kInvalidArgument);
  auto never = make_token(admin, "root", "never", "read");
  clock_.advance(24h * 365 * 20);
  EXPECT_TRUE(find(never->token).has_value());
}

TEST_P(TokensTest, have_their_last_use_written_at_most_once_a_minute) {
  auto admin = root();
  auto made = make_token(admin, "root", "ci", "read");
  ASSERT_TRUE(find(made->token).has_value());
  ASSERT_TRUE(run(access_->tokens.write_uses(soon())).has_value());
  auto first = clock_.wall();
  EXPECT_EQ(used("root"), first);
  clock_.advance(59s);
  ASSERT_TRUE(find(made->token).has_value());
  ASSERT_TRUE(run(access_->tokens.write_uses(soon())).has_value());
  EXPECT_EQ(used("root"), first);
  clock_.advance(1s);
  ASSERT_TRUE(find(made->token).has_value());
  ASSERT_TRUE(run(access_->tokens.write_uses(soon())).has_value());
  EXPECT_EQ(used("root"), first + 60s);
}

TEST_P(TokensTest, uses_that_could_not_be_written_are_written_later) {
  auto admin = root();
  auto made = make_token(admin, "root", "ci", "read");
  ASSERT_TRUE(find(made->token).has_value());
  EXPECT_FALSE(while_busy([&] { return run(access_->tokens.write_uses(soon(50ms))); }).has_value());
  EXPECT_EQ(access_->tokens.cache().stats().uses, 1u);
  ASSERT_TRUE(run(access_->tokens.write_uses(soon())).has_value());
  EXPECT_EQ(used("root"), clock_.wall());
  EXPECT_EQ(access_->tokens.cache().stats().uses, 0u);
}

TEST_P(TokensTest, end_at_once_when_they_are_deleted) {
  auto admin = root();
  auto made = make_token(admin, "root", "ci", "read");
  ASSERT_TRUE(find(made->token).has_value());
  EXPECT_EQ(run(access_->tokens.remove(admin, "root", "other", soon())).error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(run(access_->tokens.remove(admin, "root", "ci", soon())).has_value());
  EXPECT_EQ(find(made->token).error().code(), ErrorCode::kUnauthenticated);
}

TEST_P(TokensTest, are_everybodys_own_business_and_the_admins) {
  auto admin = root();
  make(admin, "eva");
  make(admin, "ada");
  auto eva = log_in("eva").identity, ada = log_in("ada").identity;
  ASSERT_TRUE(make_token(eva, "eva", "mine", "read edit").has_value());
  EXPECT_EQ(make_token(ada, "eva", "x", "read").error().code(), ErrorCode::kForbidden);
  EXPECT_EQ(run(access_->tokens.remove(ada, "eva", "mine", soon())).error().code(), ErrorCode::kForbidden);
  EXPECT_EQ(run(access_->tokens.list(ada, "eva", soon())).error().code(), ErrorCode::kForbidden);
  EXPECT_THAT(run(access_->tokens.list(eva, "eva", soon())).value(),
              ElementsAre(Field(&catalog::ApiToken::name, "mine")));
  ASSERT_TRUE(make_token(admin, "eva", "by root", "read").has_value());
  EXPECT_EQ(run(access_->tokens.list(admin, "eva", soon()))->size(), 2u);
  ASSERT_TRUE(run(access_->tokens.remove(admin, "eva", "mine", soon())).has_value());
  EXPECT_EQ(make_token(admin, "nobody", "x", "read").error().code(), ErrorCode::kNotFound);
}

TEST_P(TokensTest, make_no_token_that_may_do_more_than_they_may) {
  auto admin = root();
  auto by_token = find(make_token(admin, "root", "ci", "edit")->token).value();
  EXPECT_EQ(make_token(by_token, "root", "more", "read admin").error().code(), ErrorCode::kForbidden);
  EXPECT_TRUE(make_token(by_token, "root", "less", "read").has_value());
  make(admin, "eva");
  EXPECT_EQ(make_token(by_token, "eva", "x", "read").error().code(), ErrorCode::kForbidden)
      << "an admin, but by a token that is none";
}

TEST_P(TokensTest, of_wrong_form_are_refused) {
  auto admin = root();
  EXPECT_EQ(make_token(admin, "root", "ci", "everything").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(make_token(admin, "root", "", "read").error().code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(make_token(admin, "root", "ci", "read").has_value());
  EXPECT_EQ(make_token(admin, "root", "ci", "read").error().code(), ErrorCode::kConflict);
}

TEST_P(TokensTest, are_in_the_audit_log_without_themselves_and_their_hash) {
  auto admin = root();
  auto made = make_token(admin, "root", "ci", "read");
  ASSERT_TRUE(run(access_->tokens.remove(admin, "root", "ci", soon())).has_value());
  auto entries = audit();
  ASSERT_GE(entries.size(), 2u);
  EXPECT_EQ(entries[0].what, "token.delete");
  EXPECT_EQ(entries[0].before, R"({"name":"ci","scopes":"read","expires_ms":0})");
  EXPECT_EQ(entries[0].after, "");
  EXPECT_EQ(entries[1].what, "token.create");
  EXPECT_EQ(entries[1].who, "root");
  EXPECT_EQ(entries[1].target, "account/root");
  EXPECT_EQ(entries[1].after, entries[0].before);
}

TEST_P(TokensTest, whose_account_is_changed_by_another_process_are_changed_within_five_seconds) {
  auto admin = root();
  auto eva = make(admin, "eva", Role::kEditor);
  auto made = make_token(admin, "eva", "ci", "admin");
  auto other_catalog = open_catalog();
  Access other(parts_of(*other_catalog), access_options_);
  auto role_there = [&] { return run(other.tokens.find(copy_of(made->token), soon())).value().role(); };
  EXPECT_EQ(role_there(), Role::kEditor);
  ASSERT_TRUE(
      run(access_->admin.change(admin, {.name = "eva", .version = eva.version, .role = Role::kViewer}, soon())));
  EXPECT_EQ(find(made->token)->role(), Role::kViewer) << "here at once";
  clock_.advance(5s);
  EXPECT_EQ(role_there(), Role::kViewer);
}

}  // namespace
}  // namespace holter::access
