#include "catalog/catalog.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <future>
#include <latch>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <signal.h>

#include "catalog/documents.h"
#include "catalog/monitors.h"
#include "catalog/test_catalog.h"
#include "testing/run_task.h"

namespace holter::catalog {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::run_task;
using testing::run_until;
using testing::soon;

Monitor named(const std::string& name) {
  Monitor monitor;
  monitor.name = name;
  monitor.app = "ping";
  return monitor;
}

class CatalogTest : public CatalogFixture {
 protected:
  void SetUp() override {
    CatalogFixture::SetUp();
    if (HasFatalFailure()) return;
    catalog_options_.database = options_;
    start();
  }
  void start() {
    catalog_.reset();
    auto opened = Catalog::open(catalog_options_, clock_, account());
    ASSERT_TRUE(opened.has_value()) << text_of(opened);
    catalog_ = std::move(*opened);
  }
  void TearDown() override {
    release();
    catalog_.reset();
  }

  asio::awaitable<Result<Monitor>> create(std::string name, MonoTime deadline = soon()) {
    return catalog_->write<Monitor>("eva", [name](Transaction& t) { return create_monitor(t, named(name)); },
                                    {"create a monitor", deadline});
  }
  asio::awaitable<Result<std::size_t>> count(MonoTime deadline = soon()) {
    return catalog_->read<std::size_t>([](Database& d) { return count_monitors(d); }, {"count", deadline});
  }
  template <class T>
  T run(asio::awaitable<T> task) {
    return run_task(context_, std::move(task));
  }
  /// Starts a call and keeps its result.
  template <class T>
  std::shared_ptr<std::optional<T>> spawn(asio::awaitable<T> task) {
    auto out = std::make_shared<std::optional<T>>();
    asio::co_spawn(context_, testing::detail::store(std::move(task), out.get()),
                   [out](std::exception_ptr failure) { EXPECT_EQ(failure, nullptr); });
    return out;
  }
  /// Occupies the catalog's thread until release().
  std::shared_ptr<std::optional<Result<int>>> hold() {
    held_.emplace();
    auto open = std::make_shared<std::shared_future<void>>(held_->get_future().share());
    auto begun = std::make_shared<std::latch>(1);
    auto out = spawn(catalog_->read<int>(
        [open, begun](Database&) -> Result<int> {
          begun->count_down();
          open->wait();
          return 1;
        },
        {"hold", soon(60s)}));
    EXPECT_TRUE(run_until(context_, [&] { return begun->try_wait(); }));
    return out;
  }
  void release() {
    if (held_) held_->set_value();
    held_.reset();
  }

  asio::io_context context_{1};
  CatalogOptions catalog_options_;
  std::unique_ptr<Catalog> catalog_;
  std::optional<std::promise<void>> held_;
};
HOLTER_ON_BOTH_ENGINES(CatalogTest);

TEST_P(CatalogTest, writes_and_reads_from_coroutines) {
  auto made = run(create("a"));
  ASSERT_TRUE(made.has_value()) << text_of(made);
  EXPECT_EQ(made->created_by, "eva");
  EXPECT_EQ(run(count()).value(), 1u);
  auto again = run(create("a"));
  EXPECT_EQ(again.error().code(), ErrorCode::kConflict);
  auto stats = catalog_->stats();
  EXPECT_EQ(stats.writes, 2u);
  EXPECT_EQ(stats.reads, 1u);
  EXPECT_EQ(stats.failed, 1u);
}

TEST_P(CatalogTest, changes_that_wait_together_share_a_commit_and_one_that_fails_takes_no_other_with_it) {
  auto held = hold();
  std::vector<std::shared_ptr<std::optional<Result<Monitor>>>> results;
  for (int i = 0; i < 20; ++i) results.push_back(spawn(create(i == 7 ? "m3" : fmt::format("m{}", i))));
  ASSERT_TRUE(run_until(context_, [&] { return catalog_->stats().waiting == 20; }));
  release();
  ASSERT_TRUE(run_until(
      context_, [&] { return std::ranges::all_of(results, [](const auto& result) { return result->has_value(); }); }));
  for (std::size_t i = 0; i < results.size(); ++i)
    EXPECT_EQ((*results[i])->has_value(), i != 7) << i << " " << text_of(**results[i]);
  EXPECT_EQ((*results[7])->error().code(), ErrorCode::kConflict);
  EXPECT_EQ(catalog_->stats().commits, 1u);
  EXPECT_EQ(run(count()).value(), 19u);
}

TEST_P(CatalogTest, a_call_that_waits_too_long_never_runs) {
  auto held = hold();
  auto late = run(create("late", soon(50ms)));
  EXPECT_EQ(text_of(late), "timeout: cannot create a monitor: no answer in time; nothing of it was stored");
  release();
  ASSERT_TRUE(run(create("next")).has_value());
  EXPECT_EQ(run(count()).value(), 1u);
  EXPECT_EQ(catalog_->stats().late, 1u);
}

TEST_P(CatalogTest, a_call_that_is_left_while_it_runs_says_that_its_end_is_unknown) {
  auto begun = std::make_shared<std::latch>(1);
  auto open = std::make_shared<std::latch>(1);
  auto left = spawn(catalog_->write<Monitor>("eva",
                                             [begun, open](Transaction& t) {
                                               if (!begun->try_wait()) begun->count_down();
                                               open->wait();
                                               return create_monitor(t, named("slow"));
                                             },
                                             {"create a monitor", soon(300ms)}));
  ASSERT_TRUE(run_until(context_, [&] { return left->has_value(); }));
  if (begun->try_wait())
    EXPECT_EQ(text_of(**left), "timeout: cannot create a monitor: no answer in time; whether it was stored is unknown");
  open->count_down();
  EXPECT_TRUE(run(count()).has_value());
}

TEST_P(CatalogTest, refuses_calls_when_too_many_wait_or_their_bytes_are_too_many) {
  catalog_options_.most_waiting = 3;
  start();
  auto held = hold();
  std::vector<std::shared_ptr<std::optional<Result<Monitor>>>> results;
  for (int i = 0; i < 3; ++i) results.push_back(spawn(create(fmt::format("m{}", i))));
  ASSERT_TRUE(run_until(context_, [&] { return catalog_->stats().waiting == 3; }));
  auto refused = run(create("one more"));
  EXPECT_EQ(text_of(refused), "resource_exhausted: cannot create a monitor: 3 calls wait for the catalog");
  release();
  ASSERT_TRUE(run_until(context_, [&] { return results[2]->has_value(); }));
  auto large = run(catalog_->write<Monitor>("eva", [](Transaction& t) { return create_monitor(t, named("x")); },
                                            {"create a monitor", soon(), 1 << 30}));
  EXPECT_EQ(large.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(catalog_->stats().refused, 2u);
  EXPECT_EQ(account().held(), options_.library_bytes) << "nothing waits any more";
}

TEST_P(CatalogTest, a_call_whose_work_throws_is_an_error_and_the_thread_goes_on) {
  auto thrown =
      run(catalog_->write<Monitor>("eva", [](Transaction&) -> Result<Monitor> { throw std::runtime_error("surprise"); },
                                   {"create a monitor", soon()}));
  EXPECT_EQ(text_of(thrown), "internal: BUG: cannot create a monitor: surprise");
  auto memory = run(catalog_->read<int>([](Database&) -> Result<int> { throw std::bad_alloc(); }, {"read", soon()}));
  EXPECT_EQ(memory.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(run(create("a")).has_value());
}

TEST_P(CatalogTest, gives_up_the_calls_that_wait_when_it_ends) {
  auto held = hold();
  auto waiting = spawn(create("never"));
  ASSERT_TRUE(run_until(context_, [&] { return catalog_->stats().waiting == 1; }));
  auto stats = [&, catalog = catalog_.get()] { return catalog->stats().waiting; };
  std::thread releaser([&] {
    while (stats() != 0) std::this_thread::yield();  // the end takes the waiting calls out of the queue first
    release();
  });
  delete catalog_.release();  // not reset(): the other thread still asks it
  releaser.join();
  ASSERT_TRUE(run_until(context_, [&] { return waiting->has_value() && held->has_value(); }));
  EXPECT_EQ(text_of(**waiting), "cancelled: cannot create a monitor: the catalog closes");
  EXPECT_EQ((*held)->value(), 1);
}

TEST_P(CatalogTest, takes_calls_from_many_threads) {
  constexpr int kThreads = 4, kEach = 50;
  std::vector<std::thread> threads;
  std::atomic<int> stored = 0;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      asio::io_context context{1};
      for (int n = 0; n < kEach; ++n) {
        auto made = run_task(context, create(fmt::format("t{} {}", i, n)));
        if (made) ++stored;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(stored, kThreads * kEach);
  EXPECT_EQ(run(count()).value(), std::size_t{kThreads * kEach});
}

/// With a server of their own, which these tests stop and start.
class AwayTest : public CatalogFixture {
 protected:
  static void SetUpTestSuite() { server_ = testing::start_postgresql(); }
  static void TearDownTestSuite() {
    if (server_->running()) control("stop -m immediate");  // it may have been started anew, by pg_ctl
    server_.reset();
  }
  void SetUp() override {
    ASSERT_TRUE(server_->running()) << "PostgreSQL is not there: install the test packages of tools/deps.tsv";
    auto info = fmt::format("host=127.0.0.1 port={} user=owner password=secret dbname=", server_->port());
    static int count = 0;
    auto name = fmt::format("mine{}", ++count);
    {
      soci::session sql(soci::postgresql, info + "postgres");
      sql << "CREATE DATABASE " + name;
    }
    options_.database.postgresql = info + name;
    options_.longest_call = 300ms;
    options_.first_retry = 10ms;
    options_.last_retry = 40ms;
    auto opened = Catalog::open(options_, clock_, account());
    ASSERT_TRUE(opened.has_value()) << text_of(opened);
    catalog_ = std::move(*opened);
  }
  Result<Monitor> create(const std::string& name, MonoTime deadline = soon()) {
    return run_task(context_,
                    catalog_->write<Monitor>("eva", [name](Transaction& t) { return create_monitor(t, named(name)); },
                                             {"create a monitor", deadline}));
  }
  Result<std::size_t> count() {
    return run_task(context_,
                    catalog_->read<std::size_t>([](Database& d) { return count_monitors(d); }, {"count", soon()}));
  }
  /// Ends all sessions of the catalog, as a server does that restarts, and waits for that.
  void cut() {
    soci::session sql(soci::postgresql, options_.database.postgresql);
    int cut = 0;
    sql << "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE application_name = 'holter' AND "
           "datname = current_database()",
        soci::into(cut);
    EXPECT_EQ(cut, 1);
  }
  /// pg_ctl with the server's directory and port.
  static bool control(const std::string& what) {
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
      auto command = fmt::format(
          "{}{}/bin/pg_ctl -w -D {}/data -o '-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c "
          "fsync=off' {} >/dev/null 2>&1",
          ::geteuid() == 0 ? "cd / && setpriv --reuid=postgres --regid=postgres --clear-groups " : "",
          version.path().string(), server_->directory(), server_->port(), what);
      return std::system(command.c_str()) == 0;
    }
    return false;
  }

  static inline std::unique_ptr<testing::RealServer> server_;
  asio::io_context context_{1};
  CatalogOptions options_;
  std::unique_ptr<Catalog> catalog_;
};
INSTANTIATE_TEST_SUITE_P(Only, AwayTest, ::testing::Values(Engine::kPostgresql), engine_name);

TEST_P(AwayTest, a_session_that_was_lost_while_nobody_asked_is_opened_anew_without_an_error) {
  ASSERT_TRUE(create("a").has_value());
  cut();
  auto made = create("b");
  EXPECT_TRUE(made.has_value()) << text_of(made);
  cut();
  EXPECT_EQ(count().value(), 2u);
  EXPECT_EQ(catalog_->stats().reconnects, 2u);
}

TEST_P(AwayTest, calls_fail_fast_while_the_server_is_gone_and_work_when_it_is_back) {
  ASSERT_TRUE(create("a").has_value());
  ASSERT_TRUE(control("stop -m immediate"));
  for (int i = 0; i < 5; ++i) {
    auto failed = create("b");
    EXPECT_EQ(failed.error().code(), ErrorCode::kUnavailable) << text_of(failed);
    EXPECT_THAT(failed.error().message(), ::testing::Not(HasSubstr("secret")));
  }
  EXPECT_EQ(count().error().code(), ErrorCode::kUnavailable);
  EXPECT_FALSE(catalog_->stats().connected);
  EXPECT_THAT(catalog_->stats().last_error, HasSubstr("127.0.0.1"));
  ASSERT_TRUE(control("start"));
  // Nobody has to call for it to come back.
  ASSERT_TRUE(run_until(context_, [&] { return catalog_->stats().connected; }));
  EXPECT_TRUE(create("b").has_value());
  EXPECT_EQ(count().value(), 2u);
}

TEST_P(AwayTest, a_change_that_was_cut_off_before_its_commit_is_not_stored_and_says_so) {
  auto failed = run_task(context_, catalog_->write<Monitor>("eva",
                                                            [this](Transaction& t) {
                                                              auto made = create_monitor(t, named("half"));
                                                              cut();
                                                              return create_monitor(t, named("other half"));
                                                            },
                                                            {"create monitors", soon()}));
  EXPECT_EQ(failed.error().code(), ErrorCode::kUnavailable) << text_of(failed);
  EXPECT_EQ(count().value(), 0u);
}

TEST_P(AwayTest, a_change_whose_commit_got_no_answer_says_that_its_end_is_unknown) {
  // The server waits before it commits, and the session is cut off within that wait.
  {
    soci::session sql(soci::postgresql, options_.database.postgresql);
    sql << "CREATE FUNCTION wait_a_little() RETURNS trigger LANGUAGE plpgsql AS "
           "$$ BEGIN PERFORM pg_sleep(5); RETURN NULL; END $$";
    sql << "CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON monitors DEFERRABLE INITIALLY DEFERRED "
           "FOR EACH ROW EXECUTE FUNCTION wait_a_little()";
  }
  std::optional<Result<Monitor>> result;
  asio::co_spawn(context_,
                 testing::detail::store(
                     catalog_->write<Monitor>("eva", [](Transaction& t) { return create_monitor(t, named("a")); },
                                              {"create a monitor", soon()}),
                     &result),
                 asio::detached);
  auto committing = [&] {
    soci::session sql(soci::postgresql, options_.database.postgresql);
    int found = 0;
    sql << "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holter' AND datname = current_database() "
           "AND wait_event = 'PgSleep'",
        soci::into(found);
    return found == 1;
  };
  ASSERT_TRUE(run_until(context_, committing));
  cut();
  ASSERT_TRUE(run_until(context_, [&] { return result.has_value(); }));
  EXPECT_EQ(result->error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(result->error().message(), HasSubstr("whether it was stored is unknown"));
}

TEST_P(AwayTest, a_server_that_hangs_is_cut_off_and_the_catalog_works_when_it_runs_again) {
  ASSERT_TRUE(create("a").has_value());
  // Of the server the session's own process hangs.
  pid_t backend = 0;
  {
    soci::session sql(soci::postgresql, options_.database.postgresql);
    int pid = 0;
    sql << "SELECT pid FROM pg_stat_activity WHERE application_name = 'holter' AND datname = current_database()",
        soci::into(pid);
    backend = pid;
  }
  ASSERT_GT(backend, 0);
  ASSERT_EQ(::kill(backend, SIGSTOP), 0);
  auto hung = create("b", soon(400ms));
  EXPECT_EQ(hung.error().code(), ErrorCode::kTimeout) << text_of(hung);
  EXPECT_TRUE(run_until(context_, [&] { return create("c", soon(1s)).has_value(); }));
  EXPECT_GE(catalog_->stats().reconnects, 1u);
  ASSERT_EQ(::kill(backend, SIGCONT), 0);
}

}  // namespace
}  // namespace holter::catalog
