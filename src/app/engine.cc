#include "app/engine.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/log.h"
#include "base/units.h"
#include "memory/allocator.h"
#include "memory/file_pages.h"
#include "memory/resident.h"
#include "net/foreign_memory.h"
#include "net/local_addresses.h"

namespace holter::app {
namespace {

namespace asio = boost::asio;
using model::Criticality;

constexpr std::size_t kLatestQueueBytes = 8 << 20;
constexpr std::size_t kLeastHistoryQueueBytes = 4 << 20;
constexpr std::size_t kMostHistoryQueueBytes = 32 << 20;
/// More pages of libraries are touched as the program runs, and threads have stacks.
constexpr std::uint64_t kStacksAndGrowth = 8 << 20;
/// Program text and libraries may be resident so far. A start touches more; running takes 7 to 16 MiB. What is over is
/// given back within a look: clean pages, which the page cache keeps.
constexpr std::uint64_t kMostFileBytes = 22 << 20;

std::string program_beside_this(const char* name) {
  std::error_code failure;
  auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  return (self.parent_path() / name).string();
}

/// What alerting may hold: docs/memory.md. Half of what is guaranteed to nobody, so that an outage of everything
/// neither raises the level nor pauses the monitors that would tell when it is over.
std::size_t alert_bytes(const memory::Shares& shares, std::uint64_t heap) {
  double rest = 100;
  for (auto percent : shares.percent) rest -= percent;
  return std::max<std::size_t>(static_cast<std::size_t>(static_cast<double>(heap) * rest / 200), 1 << 20);
}

/// What the catalog's library may hold: docs/memory.md.
std::size_t catalog_bytes(std::uint64_t heap) {
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(heap / 16, 2 << 20, 8 << 20));
}

/// Threads that the load needs: each costs wake-ups, batches and memory of its own, also when it has little to do.
unsigned shards_for(double pings_per_second) {
  return std::clamp(static_cast<unsigned>(pings_per_second / kPingsPerShard) + 1, 1U, most_shards());
}

}  // namespace

Engine::Engine(std::string config_path, Loaded loaded, secrets::KeyringOptions keys, runtime::Executor control)
    : config_path_(std::move(config_path)),
      loaded_(std::move(loaded)),
      key_options_(std::move(keys)),
      control_(control),
      ledger_(*new memory::Budget(0)) {}

Engine::~Engine() {
  server_.reset();
  status_pages_.reset();
  folders_.reset();
  owned_.reset();
  owned_definitions_.reset();
  suggestions_.reset();
  trials_.reset();
  alerting_.reset();
  accounts_.reset();
  catalog_.reset();
  history_.reset();
  governor_.reset();
  shards_.clear();
  backend_.reset();
  fleet_.reset();
}

/// Makes the directory, and proves that it can be written to before anything depends on it.
Status Engine::open_data_dir() {
  const auto& path = loaded_.config.data_dir;
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  auto probe = path + "/.writable";
  int fd = failure ? -1 : ::open(probe.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    return Error(
        ErrorCode::kIo,
        fmt::format("cannot write to the data directory {}: {}; make it writable or set data_dir (HOLTER_DATA_DIR)",
                    path, failure ? failure.message() : std::strerror(errno)));
  ::close(fd);
  ::unlink(probe.c_str());
  return {};
}

/// Says how the last run ended, and begins the status file of this one. Without the file Holter runs all the same.
void Engine::open_run_file() {
  auto path = loaded_.config.data_dir + "/last-run.json";
  auto last = read_last_run(path);
  last_run_ = last.end == LastRun::End::kNone ? "" : describe(last);
  bool bad = last.end != LastRun::End::kNone && last.end != LastRun::End::kClean;
  if (bad) log::warning("app", "{}", last_run_);
  if (!last_run_.empty()) events_->add("start", bad ? "warning" : "info", last_run_);
  auto opened = RunFile::open(
      {.path = path, .version = HOLTER_VERSION, .started_ms = epoch_ms(clock_.wall()), .budget = budget_, .root = "/"});
  if (!opened) {
    log::warning("app", "{}", opened.error().message());
    return;
  }
  run_file_ = std::move(*opened);
  if (auto caught = run_file_->catch_crashes(); !caught) log::warning("app", "{}", caught.error().message());
}

void Engine::note_end(std::string_view reason) {
  if (!run_file_) return;
  if (auto done = run_file_->finish(reason, epoch_ms(clock_.wall())); !done)
    log::warning("app", "{}", done.error().message());
}

/// Ledger and allocator share what the budget leaves beside the program's own text, libraries and stacks.
Status Engine::put_budget(std::uint64_t bytes) {
  TRY(auto resident, memory::resident_set());
  // What is not resident now comes back when it is used.
  most_file_bytes_ = std::min(std::max(most_file_bytes_, resident.file), kMostFileBytes);
  auto outside = most_file_bytes_ + kStacksAndGrowth;
  auto heap = bytes > outside + kLeastBudget / 4 ? bytes - outside : kLeastBudget / 4;
  if (auto capped = memory::set_allocator_cap(heap); !capped) log::warning("memory", "{}", capped.error().message());
  if (catalog_bytes_ == 0) {
    // What is guaranteed to others may be all there is: the catalog's bytes come first.
    ledger_.root().set_limit(heap);
    catalog_bytes_ = catalog_bytes(heap);
    TRY(catalog_place_, ledger_.account("catalog").reserve(catalog_bytes_));
  }
  TRY(over_, memory::apply(shares(loaded_.config.memory), ledger_, heap));
  ledger_.account("alert").set_limit(alert_bytes(shares(loaded_.config.memory), heap));
  budget_ = bytes;
  return {};
}

void Engine::each_shard(const std::function<void(const std::string&, std::uint64_t)>& visit) const {
  for (const auto& parts : shards_) visit(parts->shard.name(), parts->shard.beats());
}

Governor::Options Engine::governor_options() const {
  const auto& memory = loaded_.config.memory;
  return {
      .budget = budget_, .levels = level_options(memory), .actions = action_levels(memory), .stretch = memory.stretch};
}

void Engine::make_shards() {
  auto count = loaded_.config.collect.shards;
  if (count == 0) count = shards_for(load_);
  const auto& config = loaded_.config;
  known_hosts_ = std::make_unique<net::KnownHosts>(
      net::KnownHosts::Options{net::host_key_policy_of(config.ssh.host_keys), config.known_hosts_file()},
      ledger_.account("collect/ssh"));
  for (unsigned i = 0; i < count; ++i)
    shards_.push_back(
        std::make_unique<ShardParts>(static_cast<int>(i), config, clock_, ledger_, *batches_, *known_hosts_, pushes_,
                                     [this](std::shared_ptr<const batch::Batch> batch) { pipeline_.publish(batch); }));
}

/// Critical ones first, then normal, then low, as long as there is room. The rest waits, PAUSED (memory).
Status Engine::load_jobs() {
  std::vector<std::pair<MonitorId, std::string>> refused;  // of the catalog
  bool room = true;
  std::size_t looked_at = 0;
  for (auto criticality : {Criticality::kCritical, Criticality::kNormal, Criticality::kLow})
    for (auto slot : fleet_->monitors().by_name()) {
      const auto& watched = fleet_->monitors().at(slot);
      const auto& monitor = watched.monitor;
      if (monitor.criticality != criticality) continue;
      if (criticality != Criticality::kCritical && looked_at++ % 256 == 0) room = governor_->bytes_left() > 0;
      auto loaded = room ? fleet_->load(slot) : Error(ErrorCode::kResourceExhausted, "no room");
      if (loaded) continue;
      if (loaded.error().code() != ErrorCode::kResourceExhausted && watched.file == 0) {
        refused.emplace_back(monitor.id, loaded.error().message());
        continue;
      }
      if (loaded.error().code() != ErrorCode::kResourceExhausted) {
        loaded_.problems.add({define::Problem::Severity::kError, "", 0, 0, fmt::format("monitor '{}'", monitor.name),
                              loaded.error().message()});
        continue;
      }
      if (criticality == Criticality::kCritical)
        return Error(ErrorCode::kResourceExhausted,
                     fmt::format("cannot start: critical monitors alone do not fit into {} (memory.budget): {}",
                                 format_size(budget_), loaded.error().message()));
      fleet_->leave_out(slot);
    }
  for (const auto& [id, reason] : refused) owned_->replace_by_stand_in(id, reason);
  fleet_->flush();
  if (!loaded_.problems.ok())
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot start: {} errors in the configuration", loaded_.problems.errors));
  if (fleet_->paused() == 0) return {};
  auto text = fmt::format("{} of {} monitors do not fit into {} (memory.budget) and are PAUSED (memory)",
                          fleet_->paused(), fleet_->monitors().size(), format_size(budget_));
  log::warning("memory", "{}", text);
  events_->alert("memory.alert", {"MemoryPressure", "warning", text, true, epoch_ms(clock_.wall())});
  return {};
}

void Engine::make_backend() {
  backend_ = std::make_unique<Backend>(Backend::Parts{
      .config = loaded_.config,
      .definitions = loaded_.definitions,
      .clock = clock_,
      .ledger = ledger_,
      .budget = budget_,
      .load = load_,
      .latest = *latest_,
      .fleet = *fleet_,
      .governor = *governor_,
      .events = *events_,
      .shards = shards_,
      .pipeline = pipeline_,
      .history = history_,
      .owned = *owned_,
      .owned_definitions = *owned_definitions_,
      .gate = accounts_->gate(),
      .pushes = pushes_,
      .answers = ledger_.account("api/arrow"),
      .folders = *folders_,
      .alerting = alerting_->api(),
      .status_pages = *status_pages_,
      .suggester = *suggestions_,
      .files = files_,
      .set_budget = [this](std::uint64_t bytes) { return set_budget(bytes); },
      .reload = [this](api::ReloadOrder order) { return reload(order); },
  });
}

asio::awaitable<Status> Engine::start() {
  CO_TRY_OK(open_data_dir());
  CO_TRY(auto lock, DataLock::take(loaded_.config.data_dir));
  lock_.emplace(std::move(lock));
  CO_TRY(auto budget, memory_budget(loaded_.config.memory, limit_.current().bytes));
  CO_TRY_OK(put_budget(budget));
  if (auto installed = net::install_foreign_memory({.curl = &ledger_.account("collect/curl"),
                                                    .openssl = &ledger_.account("collect/openssl"),
                                                    .dns = &ledger_.account("collect/c-ares")});
      !installed)
    log::warning("memory", "{}", installed.error().message());
  latest_queue_ = &pipeline_.subscribe("latest", control_, kLatestQueueBytes);
  auto& history_queue = pipeline_.subscribe(
      "history", control_, std::clamp(ledger_.limit() / 8, kLeastHistoryQueueBytes, kMostHistoryQueueBytes));
  latest_queue_->on_ready([this] { take_batches(); });
  history_ = std::make_unique<history::Client>(history::Options{.program = program_beside_this("holter-history"),
                                                                .data_dir = loaded_.config.data_dir,
                                                                .retention = loaded_.config.history.retention,
                                                                .engine_memory = loaded_.config.history.memory_limit},
                                               control_, clock_, ledger_.account("history"), history_queue);
  batches_ = std::make_unique<memory::ArrowPool>(ledger_.account("batches"), "batches");
  events_ = std::make_unique<Events>(clock_, ledger_.account("api/events"), loaded_.config.data_dir + "/alerts.jsonl");
  jobs_ = std::make_unique<Jobs>(clock_, *events_);
  open_run_file();
  latest_ = std::make_unique<latest::Latest>(clock_, ledger_.account("latest"));
  latest_->on_change([this](const latest::StateChange& change) {
    state_events_.note(change, *latest_);
    if (alerting_) alerting_->note(change);
  });
  fleet_ = std::make_unique<Fleet>(Fleet::Parts{clock_, control_, *latest_, shards_, ledger_.account("monitors"),
                                                ledger_.account("collect/jobs"), ledger_.account("critical/jobs")});
  governor_ = std::make_unique<Governor>(
      governor_options(), Governor::Parts{clock_, control_, ledger_, ledger_.account("latest"),
                                          [this] { return latest_->stats().series_bytes; }, *fleet_, shards_, *events_,
                                          [this](unsigned factor) {
                                            latest_->set_stretch(factor);
                                            if (alerting_) alerting_->set_stretch(factor);
                                          },
                                          [this] {
                                            if (server_) server_->shrink();
                                            (void)memory::drop_file_pages();  // without /proc there is no figure either
                                          },
                                          [this] { each_look(); }});
  if (loaded_.config.memory.psi) governor_->watch_stall(std::make_unique<memory::Stall>(memory::Stall::open()));
  CO_TRY_OK(co_await read_monitors());
  make_shards();
  trials_ = std::make_unique<Trials>(control_, clock_, *shards_.front(), ledger_.account("collect/trials"));
  suggestions_ = std::make_unique<Suggestions>(Suggestions::Parts{.control = control_,
                                                                  .clock = clock_,
                                                                  .definitions = loaded_.definitions,
                                                                  .shard = *shards_.front(),
                                                                  .account = ledger_.account("collect/suggestions")});
  (void)memory::drop_file_pages();  // what only the start needed
  make_alerting();
  CO_TRY_OK(co_await alerting_->start());
  CO_TRY_OK(load_jobs());
  CO_TRY_OK(co_await accounts_->start());
  make_status_pages();
  make_backend();
  server_ = std::make_unique<api::Server>(
      api::ServerOptions{.listen = loaded_.config.server.listen,
                         .url = loaded_.config.server.url,
                         .tls = {loaded_.config.server.tls.certificate, loaded_.config.server.tls.key},
                         .max_connections = loaded_.config.server.max_connections,
                         .rate_limit = loaded_.config.server.rate_limit},
      control_, *backend_, ledger_.account("api"));
  CO_TRY_OK(server_->start());
  // Commands find the API by the data directory; without that Holter runs all the same.
  if (auto told = lock_->announce(api_url(loaded_.config, server_->port())); !told)
    log::warning("app", "{}", told.error().message());
  if (auto started = co_await history_->start(); !started) {
    co_await server_->close();
    co_return std::move(started).error();
  }
  targets_ = find_targets();
  for (auto& shard : shards_) {
    shard->resolver.policy().set(targets_);
    asio::post(shard->shard.executor(), [&collector = shard->collector] { collector.start(); });
    shard->shard.on_heartbeat([&collector = shard->collector] { collector.heartbeat(); });
    shard->shard.start();
  }
  collecting_ = true;
  backend_->set_ready();
  governor_->start();
  co_return Status{};
}

/// With the machine's addresses of this moment.
net::TargetRules Engine::find_targets() {
  auto machine = net::local_addresses();
  if (machine) return target_rules(loaded_.config, server_->port(), *machine);
  auto text = fmt::format("monitors may reach the API by other addresses than that of server.listen: {}",
                          machine.error().message());
  log::warning("app", "{}", text);
  events_->add("network", "warning", text);
  return target_rules(loaded_.config, server_->port());
}

/// Connections that stand are let go of, as far as nobody uses them just then: they may lead to what is forbidden now.
void Engine::put_targets() {
  auto rules = find_targets();
  if (rules == targets_) return;
  targets_ = rules;
  for (auto& shard : shards_)
    asio::post(shard->shard.executor(), [parts = shard.get(), rules] {
      parts->resolver.policy().set(rules);
      parts->collector.shrink();
    });
}

void Engine::take_batches() {
  while (auto batch = latest_queue_->pop()) {
    latest_->apply(*batch);
    if (alerting_) alerting_->take(*batch);
  }
}

/// The certificate may be renewed while we run, by a program that tells nobody.
void Engine::watch_certificate() {
  constexpr seconds kEach{2};
  auto now = clock_.mono();
  if (now - last_certificate_ < kEach) return;
  last_certificate_ = now;
  tell_certificate(server_->follow_certificate());
}

void Engine::tell_certificate(const Result<bool>& taken) {
  if (taken && !*taken) return;
  auto text = taken
                  ? fmt::format("the certificate of the API was read again: {}", loaded_.config.server.tls.certificate)
                  : fmt::format("the old certificate of the API stays in use: {}", taken.error().message());
  if (taken)
    log::info("app", "{}", text);
  else
    log::warning("app", "{}", text);
  events_->add("certificate", taken ? "info" : "warning", text);
}

/// What the budget leaves to program text and libraries is kept to.
void Engine::watch_file_pages() {
  auto resident = file_reader_.read();
  if (resident && resident->file > most_file_bytes_) (void)memory::drop_file_pages();
}

void Engine::each_look() {
  watch_file_pages();
  if (server_) server_->revive();
  history_->revive();
  auto now = clock_.mono();
  if (now - last_follow_ < seconds(1)) return;
  last_follow_ = now;
  if (over_ > 0) {
    if (auto left = memory::apply(shares(loaded_.config.memory), ledger_, ledger_.limit())) over_ = *left;
  }
  follow_limit();
  watch_definitions();
  if (server_) watch_certificate();
  if (collecting_) owned_->look();
  if (accounts_) accounts_->look();
  if (collecting_) alerting_->look(reloading_);
  state_events_.tell(*events_);
  if (collecting_ && !reloading_ && fleet_->must_find_parents()) (void)find_parents();  // it tells what is missing
  if (!run_file_ || now - last_refresh_ < seconds(10)) return;
  last_refresh_ = now;
  auto resident = memory::resident_set();
  (void)run_file_->refresh({.time_ms = epoch_ms(clock_.wall()),
                            .resident = resident ? resident->resident : 0,
                            .budget = budget_,
                            .level = to_string(governor_->level())});  // a full disk is told by others
}

/// The container's limit may change while we run.
void Engine::follow_limit() {
  auto changed = limit_.poll();
  if (!changed) return;
  auto budget = memory_budget(loaded_.config.memory, changed->bytes);
  // Less than works is no reason to die by our own hand: the least is tried, and said.
  auto bytes = budget ? *budget : kLeastBudget;
  auto text =
      fmt::format("the memory limit is {} now ({}): budget {} -> {}{}", format_size(changed->bytes), changed->source,
                  format_size(budget_), format_size(bytes), budget ? "" : "; " + budget.error().message());
  log::warning("memory", "{}", text);
  if (auto put = put_budget(bytes); !put) {
    log::error("memory", "{}", put.error().message());
    return;
  }
  governor_->set_options(governor_options());
  events_->add("memory.budget", budget ? "info" : "critical", text);
}

Result<std::uint64_t> Engine::set_budget(std::uint64_t bytes) {
  auto wanted = loaded_.config.memory;
  wanted.budget = bytes;
  if (bytes == 0) wanted.budget_share = 0;
  TRY(auto budget, memory_budget(wanted, limit_.current().bytes));
  auto before = budget_;
  loaded_.config.memory = wanted;
  TRY_OK(put_budget(budget));
  governor_->set_options(governor_options());
  events_->add("memory.budget", "info",
               fmt::format("memory budget {} -> {}", format_size(before), format_size(budget)));
  return budget;
}

void Engine::revive() {
  if (collecting_ && governor_) governor_->revive();
}

asio::awaitable<void> Engine::stop() {
  auto deadline = clock_.mono() + milliseconds(1800);
  if (governor_) governor_->stop();
  co_await tasks_.close();
  if (owned_) co_await owned_->close();
  if (trials_) co_await trials_->close();
  if (suggestions_) co_await suggestions_->close();
  if (collecting_) {
    for (auto& shard : shards_)
      co_await asio::co_spawn(shard->shard.executor(), shard->collector.close(), asio::use_awaitable);
    for (auto& shard : shards_) shard->shard.stop();
  } else {
    for (auto& shard : shards_) co_await shard->collector.close();
  }
  if (latest_queue_ != nullptr) take_batches();
  if (server_) co_await server_->close();
  if (accounts_) co_await accounts_->close();
  if (alerting_) co_await alerting_->close(deadline);
  if (history_) co_await history_->close(deadline);
}

}  // namespace holter::app
