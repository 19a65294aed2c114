#include "access/sessions.h"

#include "access/test_access.h"

namespace holter::access {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class SessionsTest : public AccessFixture {
 protected:
  std::size_t listed(const Identity& who) { return run(access_->sessions.list(who, soon()))->size(); }
};
HOLTER_ON_BOTH_ENGINES(SessionsTest);

TEST_P(SessionsTest, stand_for_an_account_with_its_grants_and_a_csrf_token) {
  auto admin = root();
  auto eva = make(admin, "eva");
  ASSERT_TRUE(write<catalog::Folder>([](catalog::Transaction& t) { return catalog::create_folder(t, "dc1"); }));
  ASSERT_TRUE(run(access_->admin.grant(admin, "eva", eva.version, "dc1", Role::kEditor, soon())).has_value());
  auto in = log_in("eva");
  auto found = find(in.token);
  ASSERT_TRUE(found.has_value()) << text_of(found);
  EXPECT_EQ(found->account(), "eva");
  EXPECT_EQ(found->way(), Identity::Way::kSession);
  EXPECT_EQ(found->role(), Role::kViewer);
  EXPECT_EQ(found->role_in("dc1"), Role::kEditor);
  EXPECT_TRUE(in.token.accepts_csrf(found->csrf()));
  EXPECT_EQ(found->csrf(), in.identity.csrf());
}

TEST_P(SessionsTest, outlive_a_restart) {
  root();
  auto in = log_in("root");
  start();
  EXPECT_TRUE(find(in.token).has_value());
}

TEST_P(SessionsTest, are_stored_by_hash_with_what_the_browser_said_as_far_as_it_can_be_stored) {
  root();
  auto foreign = std::string(199, 'x') + "\xc3\xa4 and so on";
  auto answer = run(access_->login.log_in("root", secret(kPassword), {foreign, std::string("\x01\xff", 2)}, soon()));
  ASSERT_TRUE(answer.has_value() && answer->in.has_value()) << text_of(answer);
  auto list = run(access_->sessions.list(answer->in->identity, soon())).value();
  auto found = std::ranges::find(list, answer->in->token.hash().text(), &catalog::Session::hash);
  ASSERT_NE(found, list.end());
  EXPECT_EQ(found->user_agent, std::string(199, 'x')) << "cut before the character that does not fit";
  EXPECT_EQ(found->address, " \xef\xbf\xbd");
  EXPECT_THAT(found->hash, Not(HasSubstr(std::string(answer->in->token.text().view()))));
}

TEST_P(SessionsTest, end_when_they_are_not_used) {
  root();
  auto used = log_in("root"), unused = log_in("root");
  for (int i = 0; i < 3; ++i) {
    clock_.advance(5h);
    EXPECT_TRUE(find(used.token).has_value()) << i;
  }
  EXPECT_EQ(find(unused.token).error().code(), ErrorCode::kUnauthenticated);
  clock_.advance(12h);
  EXPECT_EQ(find(used.token).error().code(), ErrorCode::kUnauthenticated);
}

TEST_P(SessionsTest, end_after_a_week_even_if_they_are_used) {
  root();
  auto in = log_in("root");
  for (int i = 0; i < 16; ++i) {
    clock_.advance(10h);
    EXPECT_TRUE(find(in.token).has_value()) << i;
  }
  clock_.advance(8h);
  EXPECT_EQ(find(in.token).error().code(), ErrorCode::kUnauthenticated);
}

TEST_P(SessionsTest, have_their_last_use_written_together_and_seldom) {
  root();
  auto a = log_in("root"), b = log_in("root");
  auto begun = clock_.wall();
  auto used = [&](const LoggedIn& in) {
    return read<catalog::Session>(
               [hash = in.token.hash().text()](catalog::Database& d) { return catalog::find_session(d, hash); })
        ->used;
  };
  clock_.advance(4min);
  ASSERT_TRUE(find(a.token).has_value() && find(b.token).has_value());
  ASSERT_TRUE(run(access_->sessions.write_uses(soon())).has_value());
  EXPECT_EQ(used(a), begun) << "not yet worth it";
  clock_.advance(2min);
  ASSERT_TRUE(find(a.token).has_value() && find(b.token).has_value() && find(a.token).has_value());
  EXPECT_EQ(access_->sessions.cache().stats().uses, 2u);
  auto commits = catalog_->stats().commits;
  ASSERT_TRUE(run(access_->sessions.write_uses(soon())).has_value());
  EXPECT_EQ(catalog_->stats().commits, commits + 1);
  EXPECT_EQ(used(a), begun + 6min);
  EXPECT_EQ(used(b), begun + 6min);
  ASSERT_TRUE(run(access_->sessions.write_uses(soon())).has_value());
  EXPECT_EQ(catalog_->stats().commits, commits + 1) << "nothing to write";
  start();
  clock_.advance(11h + 58min);
  EXPECT_TRUE(find(a.token).has_value()) << "known also after a restart";
}

TEST_P(SessionsTest, that_ended_before_their_use_was_written_are_no_error) {
  root();
  auto a = log_in("root"), b = log_in("root");
  clock_.advance(6min);
  ASSERT_TRUE(find(a.token).has_value() && find(b.token).has_value());
  ASSERT_TRUE(run(access_->sessions.end(copy_of(a.token), soon())).has_value());
  auto written = run(access_->sessions.write_uses(soon()));
  EXPECT_TRUE(written.has_value()) << text_of(written);
  EXPECT_EQ(read<catalog::Session>([hash = b.token.hash().text()](catalog::Database& d) {
              return catalog::find_session(d, hash);
            })->used,
            clock_.wall());
}

TEST_P(SessionsTest, end_by_logout_by_the_list_and_all_together) {
  auto admin = root();
  make(admin, "eva");
  auto a = log_in("root"), b = log_in("root"), c = log_in("root"), eva = log_in("eva");
  for (const auto* in : {&a, &b, &c, &eva}) ASSERT_TRUE(find(in->token).has_value());
  EXPECT_TRUE(run(access_->sessions.end(copy_of(a.token), soon())).has_value());
  EXPECT_TRUE(run(access_->sessions.end(copy_of(a.token), soon())).has_value()) << "twice is no error";
  EXPECT_FALSE(find(a.token).has_value());
  EXPECT_EQ(run(access_->sessions.end_listed(eva.identity, b.token.hash().text(), soon())).error().code(),
            ErrorCode::kNotFound)
      << "it is not hers";
  EXPECT_TRUE(find(b.token).has_value());
  EXPECT_TRUE(run(access_->sessions.end_listed(b.identity, b.token.hash().text(), soon())).has_value());
  EXPECT_FALSE(find(b.token).has_value());
  EXPECT_EQ(run(access_->sessions.end_all(c.identity, soon())).value(), 2u) << "c and the first one";
  EXPECT_FALSE(find(c.token).has_value());
  EXPECT_TRUE(find(eva.token).has_value());
  EXPECT_EQ(listed(eva.identity), 1u);
}

TEST_P(SessionsTest, of_one_account_are_so_many_at_most) {
  access_options_.sessions.of_account = 3;
  start();
  root();
  std::vector<LoggedIn> in;
  for (int i = 0; i < 4; ++i) {
    clock_.advance(1s);
    in.push_back(log_in("root"));
    ASSERT_TRUE(find(in.back().token).has_value());
  }
  EXPECT_FALSE(find(in[0].token).has_value()) << "also where it was just known";
  EXPECT_TRUE(find(in[1].token).has_value());
  EXPECT_EQ(listed(in[3].identity), 3u);
}

TEST_P(SessionsTest, that_another_process_ended_end_here_within_five_seconds) {
  root();
  auto in = log_in("root");
  auto other_catalog = open_catalog();
  Access other(parts_of(*other_catalog), access_options_);
  ASSERT_TRUE(find(in.token).has_value());
  ASSERT_TRUE(run(other.sessions.find(copy_of(in.token), soon())).has_value()) << "both know it";
  ASSERT_TRUE(run(access_->sessions.end(copy_of(in.token), soon())).has_value());
  EXPECT_FALSE(find(in.token).has_value()) << "here at once";
  clock_.advance(5s);
  EXPECT_FALSE(run(other.sessions.find(copy_of(in.token), soon())).has_value());
}

TEST_P(SessionsTest, are_read_seldom_and_only_so_many_are_kept) {
  access_options_.sessions.most_cached = 2;
  start();
  root();
  auto a = log_in("root"), b = log_in("root"), c = log_in("root");
  auto reads = [&] { return access_->sessions.cache().stats().reads; };
  ASSERT_TRUE(find(a.token).has_value());
  auto before = reads();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(find(a.token).has_value());
  EXPECT_EQ(reads(), before);
  ASSERT_TRUE(find(b.token).has_value());
  ASSERT_TRUE(find(a.token).has_value());
  ASSERT_TRUE(find(c.token).has_value());  // in place of b, which was not used for longer
  EXPECT_EQ(access_->sessions.cache().stats().kept, 2u);
  before = reads();
  ASSERT_TRUE(find(a.token).has_value());
  EXPECT_EQ(reads(), before);
  ASSERT_TRUE(find(b.token).has_value());
  EXPECT_EQ(reads(), before + 1);
}

TEST_P(SessionsTest, without_memory_are_found_all_the_same) {
  root();
  auto in = log_in("root");
  auto& cache = budget_.account("access/sessions");
  cache.set_limit(100);
  clock_.advance(6min);
  EXPECT_TRUE(find(in.token).has_value());
  EXPECT_TRUE(find(in.token).has_value());
  auto stats = access_->sessions.cache().stats();
  EXPECT_EQ(stats.kept, 0u);
  EXPECT_EQ(stats.not_kept, 2u);
  EXPECT_EQ(stats.uses_lost, 2u);
  cache.set_limit(1 << 20);
  EXPECT_TRUE(find(in.token).has_value());
  EXPECT_EQ(access_->sessions.cache().stats().kept, 1u);
  access_.reset();
  EXPECT_EQ(cache.held(), 0u);
}

TEST_P(SessionsTest, let_nobody_in_while_the_catalog_cannot_be_asked) {
  root();
  auto in = log_in("root");
  auto late = while_busy([&] { return run(access_->sessions.find(copy_of(in.token), soon(50ms))); });
  EXPECT_EQ(late.error().code(), ErrorCode::kTimeout);
}

TEST_P(SessionsTest, a_read_that_began_before_the_end_is_answered_and_not_kept) {
  auto admin = root();
  std::promise<void> open;
  auto begun = std::make_shared<std::latch>(1);
  auto load = [begun, admin, now = clock_.wall(), until = open.get_future().share()](catalog::Database&) {
    begun->count_down();
    until.wait();
    return Result<Known>(Known{admin, now, now});
  };
  auto& cache = access_->sessions.cache();
  auto kept = cache.stats().kept;
  auto finding = spawn(cache.find("hash", load, soon()));
  ASSERT_TRUE(testing::run_until(context_, [&] { return begun->try_wait(); }));
  cache.forget_account("root");  // as the end of the session does
  open.set_value();
  finish(finding);
  EXPECT_TRUE((*finding)->has_value());
  EXPECT_EQ(cache.stats().kept, kept);
}

}  // namespace
}  // namespace holter::access
