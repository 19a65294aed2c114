#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

#include "batch/builder.h"
#include "history/history.h"
#include "memory/arrow_pool.h"

namespace holter::history {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::int64_t kStart = 1'700'000'000'000;

/// A client with the real child, and everything on the test's own thread.
class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    char path[] = "/tmp/holter-history-XXXXXX";
    dir = ::mkdtemp(path);
    options.program = HOLTER_HISTORY_PROGRAM;
    options.data_dir = dir + "/data";
    options.retention = std::chrono::hours(24 * 36'500);  // the rows of these tests are from 2023
    options.gather = 0ms;
    options.restart_least = 20ms;
    options.restart_most = 200ms;
  }
  ~ClientTest() override {
    if (client) close();
    client.reset();
    std::error_code ignored;
    fs::remove_all(dir, ignored);
  }

  template <class T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr failure, T value) {
      if (failure) std::rethrow_exception(failure);
      result.emplace(std::move(value));
      context.stop();
    });
    context.restart();
    context.run_for(60s);
    return std::move(result.value());
  }
  void run(asio::awaitable<void> work) {
    auto with_value = [](asio::awaitable<void> inner) -> asio::awaitable<bool> {
      co_await std::move(inner);
      co_return true;
    };
    run(with_value(std::move(work)));
  }
  /// Lets the client work until `done`, at most a minute.
  template <class F>
  bool until(F done) {
    auto end = clock.mono() + 60s;
    context.restart();
    while (!done() && clock.mono() < end) context.run_one_for(50ms);
    return done();
  }

  Status start() {
    client.emplace(options, context.get_executor(), clock, account, subscription);
    return run(client->start());
  }
  void close(milliseconds within = 20s) { run(client->close(clock.mono() + within)); }
  void restart() {
    close();
    client.reset();
    ASSERT_TRUE(start().has_value());
  }
  void kill_child() { ::kill(client->stats().pid, SIGKILL); }

  /// `count` samples and rounds, one per second from `from_ms` on, of one series and monitor.
  void publish(int count, std::int64_t from_ms = kStart, std::uint64_t series = 7) {
    batch::Builder builder(pool, 1'000'000);
    builder.add_series({series}, {series}, "summary", "responseTime", "");
    for (int i = 0; i < count; ++i) {
      builder.add_sample({series}, from_ms + i * 1000, i % 10);
      builder.add_round({series}, "summary", from_ms + i * 1000, 2000,
                        i % 4 == 0 ? model::ResultCode::kTimeout : model::ResultCode::kSuccess, i % 4 == 0 ? "no" : "");
    }
    builder.add_text({series}, from_ms, "text/html");
    pipeline.publish(builder.finish().value());
  }
  bool kept(std::uint64_t samples) {
    return until([&] { return client->stats().samples_kept == samples; });
  }
  bool settled() {
    return until([&] {
      auto s = client->stats();
      return subscription.stats().queued_batches == 0 && s.samples_sent == s.samples_kept + s.samples_lost;
    });
  }
  Result<std::vector<SeriesBuckets>> ask(std::int64_t from, std::int64_t to, std::int64_t step,
                                         milliseconds time = 20s) {
    return run(client->query({{{7}}, from, to, step}, clock.mono() + time));
  }
  std::uint64_t count_all() {
    auto answer = ask(0, kTimeEnd, kTimeEnd);
    if (!answer) ADD_FAILURE() << answer.error().message();
    std::uint64_t n = 0;
    for (const auto& bucket : answer.value().at(0).buckets) n += bucket.count;
    return n;
  }

  SystemClock clock;
  std::string dir;
  Options options;
  asio::io_context context{1};
  memory::Account account{"history", nullptr, 64 << 20};
  memory::ArrowPool pool{account, "test"};
  pipeline::Pipeline pipeline;
  pipeline::Subscription& subscription = pipeline.subscribe("history", context.get_executor(), 16 << 20);
  std::optional<Client> client;
};

}  // namespace holter::history
