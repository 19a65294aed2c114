#include "catalog/accounts.h"

#include <gmock/gmock.h>

#include "catalog/folders.h"
#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AccountsTest : public OpenCatalogFixture {
 protected:
  template <class T>
  Result<T> write(const std::function<Result<T>(Transaction&)>& work) {
    return database_->write<T>("root", work);
  }
  Account make(const std::string& name) {
    Account account{name, "user", "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA"};
    auto made = write<Account>([&](Transaction& t) { return create_account(t, account); });
    EXPECT_TRUE(made.has_value()) << text_of(made);
    return made.value_or(account);
  }
  Result<ApiToken> token(const std::string& account, const std::string& name, const std::string& hash) {
    return write<ApiToken>([&](Transaction& t) {
      return create_token(t, {hash, name, account, "read write", clock_.wall() + std::chrono::hours(1)});
    });
  }
};
HOLTER_ON_BOTH_ENGINES(AccountsTest);

TEST_P(AccountsTest, are_stored_changed_by_version_and_deleted) {
  auto eva = make("eva");
  EXPECT_EQ(find_account(*database_, "eva").value(), eva);
  EXPECT_EQ(eva.created_by, "root");
  auto again = write<Account>([](Transaction& t) { return create_account(t, {"eva", "user"}); });
  EXPECT_EQ(again.error().code(), ErrorCode::kConflict);
  auto changed = eva;
  changed.role = "admin";
  changed.disabled = true;
  auto result = write<Account>([&](Transaction& t) { return update_account(t, changed); });
  ASSERT_TRUE(result.has_value()) << text_of(result);
  EXPECT_EQ(result->version, 2u);
  EXPECT_EQ(find_account(*database_, "eva").value(), *result);
  auto late = write<Account>([&](Transaction& t) { return update_account(t, changed); });
  EXPECT_EQ(late.error().code(), ErrorCode::kConflict);
  make("ada");
  EXPECT_THAT(read_accounts(*database_).value(),
              ElementsAre(::testing::Field(&Account::name, "ada"), ::testing::Field(&Account::name, "eva")));
  EXPECT_TRUE(write<void>([](Transaction& t) { return delete_account(t, "eva"); }).has_value());
  EXPECT_EQ(write<void>([](Transaction& t) { return delete_account(t, "eva"); }).error().code(), ErrorCode::kNotFound);
}

TEST_P(AccountsTest, count_failed_logins_without_a_new_version) {
  make("eva");
  auto until = clock_.wall() + std::chrono::minutes(5);
  auto noted = write<void>([&](Transaction& t) { return set_failed_logins(t, "eva", 7, until); });
  ASSERT_TRUE(noted.has_value()) << text_of(noted);
  auto found = find_account(*database_, "eva").value();
  EXPECT_EQ(found.failed_logins, 7u);
  EXPECT_EQ(found.locked_until, until);
  EXPECT_EQ(found.version, 1u);
  EXPECT_EQ(write<void>([&](Transaction& t) { return set_failed_logins(t, "x", 1, until); }).error().code(),
            ErrorCode::kNotFound);
}

TEST_P(AccountsTest, have_one_grant_for_each_folder) {
  make("eva");
  ASSERT_TRUE(write<Folder>([](Transaction& t) { return create_folder(t, "dc1"); }).has_value());
  for (const char* role : {"view", "edit"}) {
    auto granted = write<void>([&](Transaction& t) { return set_grant(t, {"eva", "dc1", role}); });
    ASSERT_TRUE(granted.has_value()) << text_of(granted);
  }
  ASSERT_TRUE(write<void>([](Transaction& t) { return set_grant(t, {"eva", "", "view"}); }).has_value());
  EXPECT_THAT(read_grants(*database_, "eva").value(),
              ElementsAre(Grant{"eva", "", "view"}, Grant{"eva", "dc1", "edit"}));
  EXPECT_EQ(write<void>([](Transaction& t) { return set_grant(t, {"nobody", "dc1", "view"}); }).error().code(),
            ErrorCode::kNotFound);
  EXPECT_EQ(write<void>([](Transaction& t) { return set_grant(t, {"eva", "dc9", "view"}); }).error().code(),
            ErrorCode::kNotFound);
  ASSERT_TRUE(write<void>([](Transaction& t) { return delete_folder(t, "dc1"); }).has_value());
  EXPECT_EQ(read_grants(*database_, "eva")->size(), 1u) << "a grant goes with its folder";
  EXPECT_TRUE(write<void>([](Transaction& t) { return delete_grant(t, "eva", ""); }).has_value());
  EXPECT_FALSE(write<void>([](Transaction& t) { return delete_grant(t, "eva", ""); }).has_value());
}

TEST_P(AccountsTest, have_tokens_found_by_their_hash) {
  make("eva");
  auto made = token("eva", "ci", "abc123");
  ASSERT_TRUE(made.has_value()) << text_of(made);
  EXPECT_EQ(find_token(*database_, "abc123").value(), *made);
  EXPECT_EQ(find_token(*database_, "abc").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(token("eva", "ci", "other").error().code(), ErrorCode::kConflict);
  EXPECT_EQ(token("eva", "other", "abc123").error().code(), ErrorCode::kConflict);
  EXPECT_EQ(token("nobody", "x", "y").error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(write<void>([&](Transaction& t) { return set_token_used(t, "abc123", clock_.wall()); }).has_value());
  EXPECT_EQ(find_token(*database_, "abc123")->last_used, clock_.wall());
  EXPECT_EQ(read_tokens(*database_, "eva")->size(), 1u);
  ASSERT_TRUE(write<void>([](Transaction& t) { return delete_token(t, "eva", "ci"); }).has_value());
  EXPECT_THAT(read_tokens(*database_, "eva").value(), IsEmpty());
}

TEST_P(AccountsTest, have_a_bounded_number_of_tokens) {
  make("eva");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(token("eva", fmt::format("t{}", i), fmt::format("h{}", i)).has_value());
  auto more = token("eva", "more", "more");
  EXPECT_EQ(more.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(more.error().message(), HasSubstr("100 already"));
}

TEST_P(AccountsTest, are_found_by_identity) {
  make("eva");
  auto link = [&](const std::string& subject, const std::string& account) {
    return write<void>([&](Transaction& t) { return link_identity(t, {"https://id.example", subject, account}); });
  };
  ASSERT_TRUE(link("s1", "eva").has_value());
  EXPECT_EQ(link("s1", "eva").error().code(), ErrorCode::kConflict);
  EXPECT_EQ(link("s2", "nobody").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(find_identity(*database_, "https://id.example", "s1").value(), "eva");
  EXPECT_EQ(read_identities(*database_, "eva").value(),
            (std::vector<OidcIdentity>{{"https://id.example", "s1", "eva"}}));
  EXPECT_TRUE(read_identities(*database_, "nobody").value().empty());
  EXPECT_EQ(find_identity(*database_, "https://other.example", "s1").error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(write<void>([](Transaction& t) { return unlink_identity(t, "https://id.example", "s1"); }).has_value());
  EXPECT_FALSE(find_identity(*database_, "https://id.example", "s1").has_value());
}

TEST_P(AccountsTest, take_all_that_is_theirs_with_them) {
  make("eva");
  ASSERT_TRUE(token("eva", "ci", "h").has_value());
  ASSERT_TRUE(write<void>([](Transaction& t) { return set_grant(t, {"eva", "", "view"}); }).has_value());
  ASSERT_TRUE(write<void>([](Transaction& t) { return link_identity(t, {"i", "s", "eva"}); }).has_value());
  ASSERT_TRUE(write<void>([](Transaction& t) { return delete_account(t, "eva"); }).has_value());
  EXPECT_FALSE(find_token(*database_, "h").has_value());
  EXPECT_FALSE(find_identity(*database_, "i", "s").has_value());
  make("eva");
  EXPECT_THAT(read_grants(*database_, "eva").value(), IsEmpty());
}

TEST_P(AccountsTest, sql_in_any_field_is_only_text) {
  const std::string evil = "x'; DELETE FROM accounts; -- :name $1";
  auto eva = make(evil);
  EXPECT_EQ(find_account(*database_, evil).value(), eva);
  ASSERT_TRUE(token(evil, evil, evil).has_value());
  EXPECT_EQ(find_token(*database_, evil)->account, evil);
  ASSERT_TRUE(write<void>([&](Transaction& t) { return link_identity(t, {evil, evil, evil}); }).has_value());
  EXPECT_EQ(find_identity(*database_, evil, evil).value(), evil);
  ASSERT_TRUE(write<void>([&](Transaction& t) { return set_grant(t, {evil, "", evil}); }).has_value());
  EXPECT_EQ(read_grants(*database_, evil)->front().role, evil);
}

}  // namespace
}  // namespace holter::catalog
