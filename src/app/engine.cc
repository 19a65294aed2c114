#include "app/engine.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/log.h"
#include "base/units.h"
#include "memory/allocator.h"
#include "memory/limit.h"
#include "memory/resident.h"

namespace holter::app {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t kLeastBudget = 48ULL << 20;
constexpr std::uint64_t kMostDefaultBudget = 512ULL << 20;
constexpr std::size_t kLatestQueueBytes = 8 << 20;
constexpr std::size_t kLeastHistoryQueueBytes = 4 << 20;
constexpr std::size_t kMostHistoryQueueBytes = 32 << 20;

/// Shares of the ledger. Limits, not guarantees: together they may be more than the whole, which is the root's limit.
constexpr std::pair<const char*, double> kShares[] = {{"monitors", 0.60}, {"collect", 0.60}, {"batches", 0.25},
                                                      {"latest", 0.50},   {"history", 0.15}, {"api", 0.15}};

std::string program_beside_this(const char* name) {
  std::error_code failure;
  auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  return (self.parent_path() / name).string();
}

/// Threads that the load needs: each costs wake-ups, batches and memory of its own, also when it has little to do. A
/// core does about 70,000 pings a second, or some thousand checks that open a connection; half of that is planned with.
unsigned shards_for(const std::vector<model::Monitor>& monitors) {
  constexpr double kPingsPerShard = 35'000;
  constexpr double kPingsPerCheck = 20;  // what a check that opens a connection costs, in pings
  double load = 0;
  for (const auto& monitor : monitors)
    for (const auto& set : monitor.definition->sets)
      load += (set.protocol == "icmp" ? 1 : kPingsPerCheck) * 1000.0 / static_cast<double>(monitor.interval.count());
  auto most = std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
  return std::clamp(static_cast<unsigned>(load / kPingsPerShard) + 1, 1U, most);
}

}  // namespace

Result<std::uint64_t> memory_budget(const define::Config& config) {
  auto budget = config.memory.budget;
  if (budget == 0) budget = std::min(memory::machine_memory_limit() / 2, kMostDefaultBudget);
  if (budget < kLeastBudget)
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot run in {} (memory.budget): at least {} are needed",
                                                          format_size(budget), format_size(kLeastBudget)));
  return budget;
}

Engine::Engine(Loaded loaded, runtime::Executor control)
    : loaded_(std::move(loaded)), control_(control), budget_(0), memory_timer_(control) {}

Engine::~Engine() {
  server_.reset();
  history_.reset();
  shards_.clear();
  backend_.reset();
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

/// Ledger and allocator share what the budget leaves beside the program's own text, libraries and stacks.
Status Engine::set_budget() {
  TRY(auto budget, memory_budget(loaded_.config));
  loaded_.config.memory.budget = budget;
  TRY(auto resident, memory::resident_set());
  constexpr std::uint64_t kStacksAndGrowth = 8 << 20;  // more pages of libraries are touched as the program runs
  auto outside = resident.file + kStacksAndGrowth;
  auto heap = budget > outside + kLeastBudget / 4 ? budget - outside : kLeastBudget / 4;
  if (auto capped = memory::set_allocator_cap(heap); !capped) log::warning("memory", "{}", capped.error().message());
  budget_.root().set_limit(heap);
  for (auto [name, share] : kShares)
    budget_.root().child(name, static_cast<std::size_t>(static_cast<double>(heap) * share));
  return {};
}

Status Engine::make_parts() {
  batches_ = std::make_unique<memory::ArrowPool>(budget_.account("batches"), "batches");
  latest_ = std::make_unique<latest::Latest>(clock_, budget_.account("latest"));
  std::size_t bytes = loaded_.monitors.capacity() * sizeof(void*);
  for (const auto& monitor : loaded_.monitors) {
    bytes += monitor_bytes(monitor);
    TRY_OK(latest_->add(monitor));
  }
  TRY(auto held, budget_.account("monitors").reserve(bytes));
  fixed_.push_back(std::move(held));

  auto count = loaded_.config.collect.shards;
  if (count == 0) count = shards_for(loaded_.monitors);
  for (unsigned i = 0; i < count; ++i)
    shards_.push_back(
        std::make_unique<ShardParts>(static_cast<int>(i), loaded_.config, clock_, budget_.account("collect"), *batches_,
                                     [this](std::shared_ptr<const batch::Batch> batch) { pipeline_.publish(batch); }));

  auto jobs = make_jobs(loaded_.monitors, loaded_.problems);
  if (!loaded_.problems.ok())
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot start: {}", define::to_string(loaded_.problems.list.back())));
  bytes = 0;
  for (const auto& job : jobs) bytes += job->bytes();
  TRY(auto held_jobs, budget_.account("collect").child("jobs").reserve(bytes));
  fixed_.push_back(std::move(held_jobs));

  std::vector<const collect::MonitorJob*> views;
  for (auto& job : jobs) {
    views.push_back(job.get());
    // The high half of the hash: the phase depends on a mix of all bits, so shards share load evenly at any time.
    auto shard = (job->spec().hash >> 32) % shards_.size();
    shards_[shard]->collector.add(std::move(job));
  }
  backend_ = std::make_unique<Backend>(Backend::Parts{loaded_.config, loaded_.monitors, std::move(views), clock_,
                                                      budget_, *latest_, shards_, pipeline_, history_});
  return {};
}

asio::awaitable<Status> Engine::start() {
  CO_TRY_OK(open_data_dir());
  CO_TRY_OK(set_budget());
  latest_queue_ = &pipeline_.subscribe("latest", control_, kLatestQueueBytes);
  auto& history_queue = pipeline_.subscribe(
      "history", control_, std::clamp(budget_.limit() / 8, kLeastHistoryQueueBytes, kMostHistoryQueueBytes));
  latest_queue_->on_ready([this] { take_batches(); });
  history_ = std::make_unique<history::Client>(history::Options{.program = program_beside_this("holter-history"),
                                                                .data_dir = loaded_.config.data_dir,
                                                                .retention = loaded_.config.history.retention,
                                                                .engine_memory = loaded_.config.history.memory_limit},
                                               control_, clock_, budget_.account("history"), history_queue);
  CO_TRY_OK(make_parts());
  server_ = std::make_unique<api::Server>(api::ServerOptions{.listen = loaded_.config.server.listen,
                                                             .max_connections = loaded_.config.server.max_connections},
                                          control_, *backend_, budget_.account("api"));
  CO_TRY_OK(server_->start());
  if (auto started = co_await history_->start(); !started) {
    co_await server_->close();
    co_return std::move(started).error();
  }
  for (auto& shard : shards_) {
    asio::post(shard->shard.executor(), [&collector = shard->collector] { collector.start(); });
    shard->shard.start();
  }
  collecting_ = true;
  backend_->set_ready();
  sample_memory();
  co_return Status{};
}

void Engine::take_batches() {
  while (auto batch = latest_queue_->pop()) latest_->apply(*batch);
}

/// Returns what the allocator holds without need; a process at rest does not tick by itself.
void Engine::sample_memory() {
  memory::purge_allocator();
  memory_timer_.expires_after(seconds(10));
  memory_timer_.async_wait([this](boost::system::error_code failure) {
    if (!failure) sample_memory();
  });
}

asio::awaitable<void> Engine::stop() {
  auto deadline = clock_.mono() + milliseconds(1800);
  memory_timer_.cancel();
  if (collecting_) {
    for (auto& shard : shards_)
      co_await asio::co_spawn(shard->shard.executor(), shard->collector.close(), asio::use_awaitable);
    for (auto& shard : shards_) shard->shard.stop();
  } else {
    for (auto& shard : shards_) co_await shard->collector.close();
  }
  if (latest_queue_ != nullptr) take_batches();
  if (server_) co_await server_->close();
  if (history_) co_await history_->close(deadline);
}

}  // namespace holter::app
