// 100,000 series turn bad within a second, and good again: through rules, desk, catalog (SQLite) and outbox to a wire
// that counts. What is told when, what it takes, and whether everything that was not told has been counted.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/hash.h"
#include "base/log.h"
#include "catalog/incidents.h"
#include "incidents/catalog_store.h"
#include "incidents/desk.h"
#include "memory/account.h"
#include "memory/allocator.h"
#include "notify/outbox.h"
#include "secrets/keyring.h"

namespace holter::incidents {
namespace {

using catalog::AlertObject;
using catalog::AlertObjectKind;

constexpr std::size_t kMonitors = 100'000, kInRack = 1'000, kInBatch = 1'000;
constexpr std::size_t kCatalogBytes = 32 << 20;
constexpr seconds kGroupWait{1}, kLook{1}, kLongest{120};

class ScratchDirectory {
 public:
  ScratchDirectory() {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path().string() + "/holter-storm-XXXXXX";
};

/// Takes each message, and notes of which groups it was told what.
class CountingWire final : public notify::Wire {
 public:
  explicit CountingWire(const Clock& clock) : clock_(clock) {}

  std::set<std::string, std::less<>> told;               ///< groups of which something fires
  std::map<std::string, std::size_t, std::less<>> ends;  ///< messages that all of a group is over
  std::optional<MonoTime> first;

  boost::asio::awaitable<Result<notify::HttpAnswer>> http(notify::HttpCall call) override {
    if (!first) first = clock_.mono();
    const auto body = boost::json::parse(call.body);
    auto group = std::string(body.at("group").as_string());
    if (body.at("status").as_string() == "firing")
      told.insert(std::move(group));
    else
      ++ends[std::move(group)];
    co_return notify::HttpAnswer{200, {}, ""};
  }
  boost::asio::awaitable<Result<notify::MailAnswer>> mail(notify::MailCall) override {
    co_return Error(ErrorCode::kInternal, "BUG: no mail here");
  }
  boost::asio::awaitable<Result<notify::CommandAnswer>> command(notify::CommandCall) override {
    co_return Error(ErrorCode::kInternal, "BUG: no command here");
  }
  WallTime now() const override { return clock_.wall(); }
  std::optional<std::string> cached(std::string_view) const override { return std::nullopt; }
  void cache(std::string, std::string, WallTime) override {}
  void forget(std::string_view) override {}

 private:
  const Clock& clock_;
};

double cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}
double in_seconds(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return std::move(*result);
}
void must(const Status& status) {
  if (!status) throw std::runtime_error(status.error().message());
}

template <class T>
boost::asio::awaitable<void> store(boost::asio::awaitable<T> task, std::optional<T>* result) {
  result->emplace(co_await std::move(task));
}
boost::asio::awaitable<bool> ended(boost::asio::awaitable<void> task) {
  co_await std::move(task);
  co_return true;
}

/// The part of a server that alerts, on one thread as in a server, and the catalog's on another. Throws what goes
/// wrong.
class Storm final : public alert::Monitors {
 public:
  /// `rules`: 0: the built-in MonitorDown alone; else that many rules of a user, for as many monitors each, and no
  /// MonitorDown. `limit`: of the account that alerting has, in bytes.
  Storm(std::size_t rules, std::size_t limit) : limit_(limit), budget_(limit + kCatalogBytes) {
    auto definition = std::make_shared<model::Definition>();
    definition->app = "app";
    definition->sets.push_back(
        {.name = "up", .priority = 0, .fields = {{.field = "ms", .type = model::FieldType::kNumber}}});
    definition_ = definition;
    for (std::size_t i = 0; i < kMonitors; ++i) {
      auto name = fmt::format("host-{:05}.example.org", i);
      model::Labels labels{{"rack", fmt::format("rack-{:03}", i / kInRack)}};
      if (rules > 0) labels.emplace_back("site", fmt::format("site-{:02}", i / (kMonitors / rules)));
      monitors_.push_back({.id = {stable_hash(name)},
                           .name = name,
                           .definition = definition_,
                           .labels = std::make_shared<const model::Labels>(std::move(labels))});
    }
    for (const auto& monitor : monitors_) by_name_.emplace(monitor.name, &monitor);
    open();
    configure(rules);
  }
  ~Storm() override {
    try {
      (void)run(ended(outbox_->close()));
      (void)run(ended(desk_->close(clock_.mono() + seconds(10))));
    } catch (const std::exception& failure) {
      log::error("bench", "{}", failure.what());  // the figures are there already
    }
  }
  Storm(const Storm&) = delete;
  Storm& operator=(const Storm&) = delete;

  /// A result of each monitor within a second, or as fast as they are taken.
  void results(bool up) {
    const auto begin = clock_.mono();
    for (std::size_t next = 0; next < kMonitors; turn()) {
      const auto due = static_cast<std::size_t>(in_seconds(clock_.mono() - begin) * kMonitors);
      const auto begun = clock_.mono();
      for (const auto end = std::min({kMonitors, due, next + kInBatch}); next < end; ++next) result(next, up);
      note_away(begun);
    }
  }
  /// Goes on until `done()`. False after kLongest.
  template <class Done>
  bool until(Done done) {
    const auto latest = clock_.mono() + kLongest;
    while (!done()) {
      if (clock_.mono() > latest) return false;
      turn();
    }
    return true;
  }
  void pass(milliseconds time) {
    const auto end = clock_.mono() + time;
    while (clock_.mono() < end) turn();
  }

  const Desk& desk() const { return *desk_; }
  const CountingWire& wire() const { return wire_; }
  MonoTime now() const { return clock_.mono(); }
  /// Nothing waits to be written.
  bool written() const { return !desk_->writes(); }
  std::size_t open_incidents() {
    auto counts = must(run(catalog_->read<std::array<std::size_t, 4>>(
        [](catalog::Database& database) { return catalog::count_open_incidents(database); },
        {"count what is open", clock_.mono() + seconds(30)})));
    return std::reduce(counts.begin(), counts.end());
  }
  /// Events of that kind since the beginning.
  std::size_t told(std::string_view kind) const {
    auto found = events_.find(kind);
    return found == events_.end() ? 0 : found->second;
  }
  const memory::Account& account() { return budget_.account("alert"); }
  /// Bytes that were allocated at most, beyond what there was before, for each byte on the accounts at most.
  double heap_per_account() {
    return static_cast<double>(heap_peak_ - heap_before_) / static_cast<double>(account_peak_);
  }
  /// From here on counts what heap and accounts have more; what SQLite may take is on its account from the start.
  void watch_heap() {
    heap_before_ = heap_peak_ = memory::allocator_stats().allocated;
    held_before_ = budget_.used() - budget_.account("catalog").held();
    account_peak_ = 1;
  }
  double longest_away_ms() const { return in_seconds(longest_away_) * 1000; }

  // alert::Monitors
  std::optional<alert::MonitorView> find(MonitorId id) const override {
    auto found = std::ranges::find(monitors_, id, &model::Monitor::id);
    if (found == monitors_.end()) return std::nullopt;
    return alert::MonitorView{&*found, ""};
  }
  std::size_t each(std::size_t from, std::size_t most,
                   const std::function<void(const alert::MonitorView&, model::State)>& visit) const override {
    const auto end = std::min(kMonitors, from + most);
    for (auto i = from; i < end; ++i) visit({&monitors_[i], ""}, state_);
    return end < kMonitors ? end : 0;
  }

 private:
  void open() {
    secrets::KeyringOptions keys;
    keys.data_dir = directory_.path();
    keyring_ = must(secrets::Keyring::load(keys));
    catalog::CatalogOptions options;
    options.database.data_dir = directory_.path();
    catalog_ = must(catalog::Catalog::open(options, clock_, budget_.account("catalog")));
    store_ = std::make_unique<CatalogStore>(*catalog_, clock_);
    budget_.account("alert").set_limit(limit_);
    desk_ = std::make_unique<Desk>(Desk::Parts{
        .executor = context_.get_executor(),
        .clock = clock_,
        .account = budget_.account("alert"),
        .catalog = *catalog_,
        .keyring = *keyring_,
        .monitors = *this,
        .url = "https://holter.example",
        .tell = [this](std::string_view kind, std::string_view, std::string_view) { ++events_[std::string(kind)]; },
        .definition_of = [this](std::string_view app) -> std::shared_ptr<const model::Definition> {
          return app == definition_->app ? definition_ : nullptr;
        },
        .monitor_named = [this](std::string_view name) -> const model::Monitor* {
          auto found = by_name_.find(name);
          return found == by_name_.end() ? nullptr : found->second;
        }});
    outbox_ = std::make_unique<notify::Outbox>(notify::Outbox::Options{}, context_.get_executor(), clock_, *store_,
                                               desk_->receivers(), wire_, budget_.account("notify"));
    desk_->use(*outbox_);
    must(run(desk_->start()));
    outbox_->start();
  }

  void configure(std::size_t rules) {
    put(AlertObjectKind::kReceiver, "ops",
        R"({"channel":"webhook","settings":{"url":"https://hook.example/x"},"rate":600})");
    put(AlertObjectKind::kRoute, "routes",
        fmt::format(
            R"({{"receivers":["ops"],"group_by":["alertname","rack"],"group_wait":"{}s","group_interval":"2s"}})",
            kGroupWait.count()));
    if (rules == 0) return;
    put(AlertObjectKind::kRule, "MonitorDown", R"({"kind":"builtin"})", false);
    for (std::size_t i = 0; i < rules; ++i)
      put(AlertObjectKind::kRule, fmt::format("SiteDown-{:02}", i),
          fmt::format(R"({{"selector":{{"app":"app","labels":{{"site":"site-{:02}"}}}},"expression":"state == 'DOWN'",)"
                      R"("severity":"critical","message":"{{{{monitor.name}}}} is down"}})",
                      i));
  }
  void put(AlertObjectKind kind, std::string name, std::string json, bool enabled = true) {
    const AlertObject object{.kind = kind,
                             .id = catalog::AlertObjectId{++objects_},
                             .name = std::move(name),
                             .json = std::move(json),
                             .enabled = enabled};
    must(desk_->check(object));
    must(desk_->put(object));
  }

  void result(std::size_t i, bool up) {
    state_ = up ? model::State::kUp : model::State::kDown;
    const auto value = expr::Value::of(1.0);
    const alert::RowView row{"", {&value, 1}};
    desk_->on_result({.monitor = monitors_[i],
                      .folder = "",
                      .set = definition_->sets[0],
                      .decides = true,
                      .code = up ? model::ResultCode::kSuccess : model::ResultCode::kUnconnectable,
                      .state = state_,
                      .time_ms = epoch_ms(clock_.wall()),
                      .duration_us = 1000,
                      .rows = {&row, up ? 1U : 0U}});
  }
  /// What the thread does beside results: a look about once a second, and whatever is ready.
  void turn() {
    const auto begun = clock_.mono();
    if (begun >= next_look_) {
      next_look_ = begun + kLook;
      desk_->look();
      note_away(begun);
    }
    context_.restart();
    context_.run_one_for(milliseconds(1));
    context_.poll();
  }
  void note_away(MonoTime begun) {
    longest_away_ = std::max<nanoseconds>(longest_away_, clock_.mono() - begun);
    heap_peak_ = std::max(heap_peak_, memory::allocator_stats().allocated);
    account_peak_ = std::max(account_peak_, budget_.used() - std::min(budget_.used(), held_before_));
  }
  template <class T>
  T run(boost::asio::awaitable<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(context_, store(std::move(task), &result), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
    const auto latest = clock_.mono() + kLongest;
    while (!result && clock_.mono() < latest) {
      context_.restart();
      context_.run_one_for(milliseconds(100));
    }
    if (!result) std::abort();  // the task would write to what is gone
    return std::move(*result);
  }

  const std::size_t limit_;
  ScratchDirectory directory_;
  SystemClock clock_;
  boost::asio::io_context context_{1};
  memory::Budget budget_;
  std::shared_ptr<const model::Definition> definition_;
  std::deque<model::Monitor> monitors_;
  std::unordered_map<std::string_view, const model::Monitor*> by_name_;
  model::State state_ = model::State::kUp;  ///< of all: nobody asks while they differ
  std::map<std::string, std::size_t, std::less<>> events_;
  std::uint64_t objects_ = 0;
  CountingWire wire_{clock_};
  std::unique_ptr<secrets::Keyring> keyring_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<CatalogStore> store_;
  std::unique_ptr<Desk> desk_;
  std::unique_ptr<notify::Outbox> outbox_;
  MonoTime next_look_{};
  nanoseconds longest_away_{0};
  std::uint64_t heap_before_ = 0, heap_peak_ = 0;
  std::size_t held_before_ = 0, account_peak_ = 1;
};

/// Rules to which something was refused.
std::size_t refused_rules(const Desk& desk) {
  const auto rules = desk.evaluator().rules();
  return static_cast<std::size_t>(std::ranges::count_if(
      rules, [](const auto& rule) { return std::reduce(rule.refused.begin(), rule.refused.end()) > 0; }));
}

void count(benchmark::State& state, Storm& storm) {
  auto set = [&](const char* name, auto value) { state.counters[name] = static_cast<double>(value); };
  storm.results(true);
  storm.pass(milliseconds(2500));  // two looks: what is configured has been taken in
  storm.watch_heap();

  const auto begin = storm.now();
  const double cpu = cpu_s();
  storm.results(false);
  set("taken_s", in_seconds(storm.now() - begin));
  // A group for whose message there is no memory is told of by an event.
  const auto& wire = storm.wire();
  const bool all_told = storm.until(
      [&] { return wire.told.size() + storm.told("notify.failed") >= storm.desk().stats().groups && storm.written(); });
  set("all_told_s", in_seconds(storm.now() - begin));
  set("cpu_s", cpu_s() - cpu);
  set("longest_away_ms", storm.longest_away_ms());
  const auto asked = storm.desk().evaluator().stats();
  const auto desk = storm.desk().stats();
  const auto incidents = storm.open_incidents();
  set("fired", asked.fired);
  set("refused", asked.refused);
  set("unaccounted", kMonitors - std::min<std::size_t>(kMonitors, asked.fired + asked.refused));
  set("refused_rules", refused_rules(storm.desk()));
  set("refusals_told", storm.told("alert.limit"));
  set("incidents", incidents);
  // Each of these has been counted; what fires without an incident gets one within a minute.
  set("unbooked", desk.unbooked);
  set("not_grouped", desk.not_grouped);
  set("notifications_refused", storm.told("notify.failed"));
  set("groups", desk.groups);
  set("told_groups", wire.told.size());
  set("first_told_s", wire.first ? in_seconds(*wire.first - begin) : in_seconds(kLongest));
  set("group_wait_s", kGroupWait.count());
  set("account_peak_bytes", storm.account().peak());
  set("account_limit_bytes", storm.account().limit());
  set("account_bytes_each",
      static_cast<double>(storm.account().held()) / static_cast<double>(std::max<std::size_t>(1, desk.firing)));
  set("heap_per_account", storm.heap_per_account());
  if (!all_told) return state.SkipWithError("not all groups were told");

  storm.results(true);
  const bool all_ended = storm.until([&] { return wire.ends.size() >= wire.told.size() && storm.written(); });
  storm.pass(seconds(3));  // another look at each group: nothing more is told
  set("open_at_end", storm.open_incidents());
  set("ended_groups", wire.ends.size());
  std::size_t messages = 0;
  for (const auto& [group, ends] : wire.ends) messages += ends;
  set("end_messages", messages);
  if (!all_ended) return state.SkipWithError("the end of some group was not told");
}

/// `rules` and `limit` as Storm has them.
void storm(benchmark::State& state, std::size_t rules, std::size_t limit) {
  log::open(log::Level::kError);
  for (auto unused : state) {
    (void)unused;
    try {
      Storm one(rules, limit);
      count(state, one);
    } catch (const std::exception& failure) {
      state.SkipWithError(failure.what());
    }
  }
}
constexpr std::size_t kMiB = 1 << 20;
/// 10,000 fire, the rest is refused: the bound of a rule.
BENCHMARK_CAPTURE(storm, one_rule, 0, 512 * kMiB)->Iterations(1)->Unit(benchmark::kMillisecond);
/// 50,000 fire: the bound of all.
BENCHMARK_CAPTURE(storm, twenty_rules, 20, 512 * kMiB)->Iterations(1)->Unit(benchmark::kMillisecond);
/// Nowhere near as many fit.
BENCHMARK_CAPTURE(storm, little_memory, 20, 24 * kMiB)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace holter::incidents
