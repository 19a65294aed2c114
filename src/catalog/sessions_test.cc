#include "catalog/sessions.h"

#include <gmock/gmock.h>

#include "catalog/accounts.h"
#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SessionsTest : public CatalogFixture {
 protected:
  void SetUp() override {
    CatalogFixture::SetUp();
    if (!HasFatalFailure()) database_ = open();
    ASSERT_NE(database_, nullptr);
    for (const char* name : {"ada", "eva"})
      ASSERT_TRUE(write<Account>([&](Transaction& t) { return create_account(t, {name, "viewer"}); }).has_value());
  }
  template <class T>
  Result<T> write(const std::function<Result<T>(Transaction&)>& work) {
    return database_->write<T>("root", work);
  }
  /// A session that begins now; what ended for it.
  Result<std::vector<std::string>> begin(const std::string& account, const std::string& hash,
                                         SessionBounds bounds = {}) {
    return write<std::vector<std::string>>([&](Transaction& t) {
      return create_session(t, {hash, account, {}, {}, clock_.wall() + 7 * 24h, "Firefox", "192.0.2.1"}, bounds);
    });
  }
  std::vector<std::string> hashes(const std::string& account) {
    std::vector<std::string> found;
    for (const auto& session : read_sessions(*database_, account).value()) found.push_back(session.hash);
    return found;
  }
  std::unique_ptr<Database> database_;
};
HOLTER_ON_BOTH_ENGINES(SessionsTest);

TEST_P(SessionsTest, are_found_by_hash_and_end_alone_or_together) {
  ASSERT_TRUE(begin("eva", "h1").has_value());
  clock_.advance(1s);
  ASSERT_TRUE(begin("eva", "h2").has_value());
  ASSERT_TRUE(begin("ada", "h3").has_value());
  Session expected{"h1",      "eva",      clock_.wall() - 1s, clock_.wall() - 1s, clock_.wall() - 1s + 7 * 24h,
                   "Firefox", "192.0.2.1"};
  EXPECT_EQ(find_session(*database_, "h1").value(), expected);
  EXPECT_THAT(hashes("eva"), ElementsAre("h2", "h1"));
  auto other = write<void>([](Transaction& t) { return delete_session(t, "ada", "h1"); });
  EXPECT_EQ(other.error().code(), ErrorCode::kNotFound) << "it is not ada's";
  EXPECT_TRUE(write<void>([](Transaction& t) { return delete_session(t, "eva", "h1"); }).has_value());
  EXPECT_EQ(find_session(*database_, "h1").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(write<std::size_t>([](Transaction& t) { return delete_sessions(t, "eva"); }).value(), 1u);
  EXPECT_EQ(write<std::size_t>([](Transaction& t) { return delete_sessions(t, "eva"); }).value(), 0u);
  EXPECT_THAT(hashes("ada"), ElementsAre("h3"));
}

TEST_P(SessionsTest, keep_when_they_were_used) {
  ASSERT_TRUE(begin("eva", "h").has_value());
  auto when = clock_.wall() + 5min;
  ASSERT_TRUE(write<void>([&](Transaction& t) { return set_session_used(t, "h", when); }).has_value());
  EXPECT_EQ(find_session(*database_, "h")->used, when);
  EXPECT_EQ(write<void>([&](Transaction& t) { return set_session_used(t, "x", when); }).error().code(),
            ErrorCode::kNotFound);
}

TEST_P(SessionsTest, go_with_their_account_and_need_one) {
  ASSERT_TRUE(begin("eva", "h").has_value());
  ASSERT_TRUE(write<void>([](Transaction& t) { return delete_account(t, "eva"); }).has_value());
  EXPECT_EQ(find_session(*database_, "h").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(begin("eva", "h").error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(begin("ada", "h").has_value());
  EXPECT_EQ(begin("ada", "h").error().code(), ErrorCode::kConflict);
}

TEST_P(SessionsTest, are_so_many_at_most_and_the_oldest_ends) {
  SessionBounds bounds{.of_account = 3, .in_all = 5};
  for (int i = 0; i < 3; ++i, clock_.advance(1s))
    ASSERT_THAT(begin("eva", fmt::format("e{}", i), bounds).value(), IsEmpty());
  EXPECT_THAT(begin("eva", "e3", bounds).value(), ElementsAre("e0"));
  clock_.advance(1s);
  for (int i = 0; i < 2; ++i, clock_.advance(1s))
    ASSERT_THAT(begin("ada", fmt::format("a{}", i), bounds).value(), IsEmpty());
  EXPECT_THAT(begin("ada", "a2", bounds).value(), ElementsAre("e1")) << "the oldest of all";
  EXPECT_THAT(hashes("eva"), ElementsAre("e3", "e2"));
  EXPECT_THAT(hashes("ada"), ElementsAre("a2", "a1", "a0"));
}

TEST_P(SessionsTest, that_expired_or_idled_make_room_first) {
  ASSERT_TRUE(begin("eva", "idle").has_value());
  clock_.advance(1h);
  ASSERT_TRUE(begin("eva", "fresh").has_value());
  SessionBounds bounds{.of_account = 2, .idle_since = clock_.wall() - 30min};
  EXPECT_THAT(begin("eva", "new", bounds).value(), ElementsAre("idle"));
  clock_.advance(7 * 24h);
  EXPECT_THAT(begin("ada", "later").value(), ::testing::UnorderedElementsAre("fresh", "new"));
}

TEST_P(SessionsTest, failed_logins_of_unknown_names_are_kept_up_to_a_bound) {
  auto note = [&](const std::string& key, std::uint32_t failed, std::size_t most) {
    return write<void>(
        [&](Transaction& t) { return set_unknown_login(t, {key, failed, clock_.wall()}, clock_.wall() - 24h, most); });
  };
  ASSERT_TRUE(note("a", 1, 2).has_value());
  clock_.advance(1s);
  ASSERT_TRUE(note("a", 2, 2).has_value());
  EXPECT_EQ(find_unknown_login(*database_, "a").value(), (UnknownLogin{"a", 2, clock_.wall()}));
  clock_.advance(1s);
  ASSERT_TRUE(note("b", 1, 2).has_value());
  clock_.advance(1s);
  ASSERT_TRUE(note("c", 1, 2).has_value());
  EXPECT_EQ(find_unknown_login(*database_, "a").error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(find_unknown_login(*database_, "b").has_value());
  clock_.advance(25h);
  ASSERT_TRUE(note("d", 1, 2).has_value());
  EXPECT_FALSE(find_unknown_login(*database_, "b").has_value()) << "a day ago";
}

TEST_P(SessionsTest, a_hash_of_another_cost_makes_no_new_version_and_no_other_password) {
  auto replace = [&](const std::string& before, const std::string& after) {
    return write<void>([&](Transaction& t) { return replace_password_hash(t, "eva", before, after); });
  };
  ASSERT_TRUE(replace("", "one").has_value());
  EXPECT_EQ(replace("", "two").error().code(), ErrorCode::kConflict);
  auto eva = find_account(*database_, "eva").value();
  EXPECT_EQ(eva.password_hash, "one");
  EXPECT_EQ(eva.version, 1u);
}

}  // namespace
}  // namespace holter::catalog
