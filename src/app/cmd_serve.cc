#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/engine.h"
#include "app/service.h"
#include "app/settings.h"
#include "app/status_line.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/units.h"
#include "runtime/task_scope.h"

namespace holter::app {
namespace {

namespace asio = boost::asio;

/// Reads everything again at each SIGHUP, as long as the set of signals lives.
asio::awaitable<void> reload_on_hangup(Engine& engine, Service& service, asio::signal_set& hangups) {
  for (;;) {
    boost::system::error_code failure;
    co_await hangups.async_wait(asio::redirect_error(asio::use_awaitable, failure));
    if (failure) co_return;
    service.reloading();
    auto report = co_await engine.reload();
    service.reloaded();
    if (!report) log::error("app", "{}", report.error().message());
  }
}

/// Waits for SIGINT, SIGTERM or the end of the time; meanwhile shows the status line. A second signal ends at once.
/// Returns what ended it.
asio::awaitable<std::string> watch(Engine& engine, const Notifier& notifier, asio::signal_set& hangups,
                                   asio::signal_set& signals, const ServeOptions& options) {
  auto executor = co_await asio::this_coro::executor;
  // Shared with the signal handler, which may be queued already when the time is up.
  auto end = std::make_shared<asio::steady_timer>(executor, MonoTime::max());
  auto reason = std::make_shared<std::string>("end of --for");
  if (options.run_for.count() > 0) end->expires_after(options.run_for);
  signals.async_wait([end, reason](boost::system::error_code failure, int signal) {
    if (failure) return;
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    *reason = signal == SIGINT ? "SIGINT" : "SIGTERM";
    end->cancel();
  });
  runtime::TaskScope scope(engine.control());
  Service service(notifier,
                  {.describe = [&engine] { return describe_now(engine.backend()); },
                   .each_shard = [&engine](const auto& visit) { engine.each_shard(visit); }},
                  executor);
  scope.spawn(reload_on_hangup(engine, service, hangups));
  service.start();
  StatusLine line(engine.backend(), executor, !options.quiet);
  line.start();
  boost::system::error_code ignored;  // cancelled by a signal: that is the end, too
  co_await end->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  line.stop();
  service.stop();
  co_await scope.close();
  co_return *reason;
}

asio::awaitable<int> run(Engine& engine, const Notifier& notifier, const ServeOptions& options) {
  // From the beginning, or one that comes while Holter starts would end it. It is answered after the start.
  asio::signal_set hangups(engine.control(), SIGHUP);
  auto started = co_await engine.start();
  if (!started) {
    print_problems(engine.problems());
    fmt::print(stderr, "holter: {}\n", started.error().message());
    co_await engine.stop();
    engine.note_end("could not start");
    co_return 1;
  }
  for (const auto& problem : engine.problems().list) log::warning("app", "{}", define::to_string(problem));
  // Before anybody is told that it runs: a signal from then on ends it in order.
  asio::signal_set ends(engine.control(), SIGINT, SIGTERM);
  auto summary = engine.backend().summary();
  fmt::print("holter {} watches {} monitors in {}: {}/\n", summary.version, summary.monitors,
             format_size(summary.budget_bytes), api_url(engine.config(), engine.port()));
  if (const auto* token = engine.setup_token())
    // Behind the '#' it stands in no log of a server or proxy.
    fmt::print("There is no account yet. Within an hour, make the first admin at\n  {}/setup#{}\n",
               page_url(engine.config(), engine.port()), token->text().view());
  std::fflush(stdout);
  auto reason = co_await watch(engine, notifier, hangups, ends, options);
  auto last = engine.backend().summary();
  co_await engine.stop();
  engine.note_end(reason);
  fmt::print("{}\n", describe_run(engine.backend(), last));
  std::fflush(stdout);
  co_return 0;
}

/// The task that starts, watches and ends everything found no memory: nobody would hear a signal any more. What was
/// acknowledged is on disk, and whoever started this starts it again.
[[noreturn]] void end_at_once() {
  log::error("app", "cannot go on: no memory is left for the task that watches over everything; ending at once");
  std::_Exit(1);
}

/// A handler that finds no memory ends; everything else goes on.
void run_to_the_end(asio::io_context& control, Engine& engine) {
  log::Repeats repeats;
  for (;;) {
    try {
      control.run();
      return;
    } catch (const std::bad_alloc&) {
      if (auto n = repeats.count()) log::warning("app", "a handler found no memory and ended (repeat {})", n);
      engine.revive();
    }
  }
}

}  // namespace

int serve(const ServeOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  secrets::KeyringOptions keys;
  secrets::take_environment(keys);
  auto loaded = load(options.config, false);
  if (!print_problems(loaded.problems)) {
    fmt::print(stderr, "holter: cannot start: {} errors in the configuration\n", loaded.problems.errors);
    return 1;
  }
  open_log(loaded.config);
  auto notifier = Notifier::from_environment();
  if (!notifier) {
    log::warning("app", "{}", notifier.error().message());
    notifier = Notifier();
  }
  int code = 1;
  asio::io_context control(1);
  {
    Engine engine(options.config, std::move(loaded), std::move(keys), control.get_executor());
    asio::co_spawn(control, run(engine, *notifier, options), [&](std::exception_ptr failure, int result) {
      try {
        if (failure) std::rethrow_exception(failure);
      } catch (const std::bad_alloc&) {
        end_at_once();
      }
      code = result;
      control.stop();
    });
    run_to_the_end(control, engine);
  }
  return code;
}

}  // namespace holter::app
