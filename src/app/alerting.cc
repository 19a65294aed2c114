#include "app/alerting.h"

#include <algorithm>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <sys/statvfs.h>

#include "alert/builtin.h"
#include "app/alert_replay.h"
#include "base/units.h"

namespace holter::app {
namespace {

constexpr seconds kDiskEvery{30};

}  // namespace

Alerting::Alerting(Parts parts)
    : parts_(std::move(parts)),
      feed_(parts_.fleet, parts_.latest),
      monitors_(parts_.fleet, parts_.latest),
      news_(parts_.events, [this](MonitorId id) { return std::string(parts_.fleet.relations().folder(id)); }),
      resolver_({}, parts_.control, parts_.clock, parts_.sending),
      http_({.max_connections = 64, .max_per_host = 4}, parts_.control, parts_.clock, resolver_, parts_.sending),
      mailer_(parts_.control, parts_.clock, resolver_, parts_.sending),
      wire_(http_, mailer_, parts_.control, parts_.clock, parts_.sending),
      store_(parts_.catalog, parts_.clock),
      desk_(desk_parts()),
      outbox_({.seed = static_cast<std::uint64_t>(parts_.clock.wall_ns().count())}, parts_.control, parts_.clock,
              store_, desk_.receivers(), wire_, parts_.sending),
      prometheus_(parts_.config.alerts, parts_.control, parts_.clock, resolver_, parts_.sending.child("promql")),
      sources_(query_sources()),
      periodic_(periodic_parts()),
      api_(api_parts()) {
  desk_.use(outbox_);
  outbox_.on_dead([this](const notify::Outbox::Dead& dead) { news_.tell(dead); });
  // Receivers are the users' own choice, like the provider of accounts: what monitors may not reach does not count.
  resolver_.policy().set({});
}
Alerting::~Alerting() = default;

incidents::Desk::Parts Alerting::desk_parts() {
  return {.executor = parts_.control,
          .clock = parts_.clock,
          .account = parts_.account,
          .catalog = parts_.catalog,
          .keyring = parts_.keyring,
          .monitors = monitors_,
          .hours = &hours_,
          .url = parts_.url,
          .exec_allowed = parts_.config.notify.allow_exec,
          .tell = [this](std::string_view kind, std::string_view severity,
                         std::string_view text) { parts_.events.add(kind, severity, text); },
          .tell_incident = [this](const incidents::IncidentNews& news) { news_.tell(news); },
          .definition_of = [this](std::string_view app) { return parts_.definition_of(app); },
          .monitor_named = [this](std::string_view name) -> const model::Monitor* {
            auto slot = name.empty() ? std::nullopt : parts_.fleet.find(name);
            return slot ? &parts_.fleet.monitors().at(*slot).monitor : nullptr;
          }};
}

AlertApi::Parts Alerting::api_parts() {
  return {.catalog = parts_.catalog,
          .desk = desk_,
          .outbox = outbox_,
          .wire = wire_,
          .keyring = parts_.keyring,
          .clock = parts_.clock,
          .pages = parts_.pages,
          .replay =
              [this](const alert::Rule& rule, std::int64_t from_ms, std::int64_t to_ms, const auto& visit) {
                return replay({parts_.fleet, parts_.latest, parts_.history, parts_.clock}, rule, from_ms, to_ms, visit);
              },
          .events = news_,
          .times = times_,
          .sources = sources_,
          .periodic = [this](std::string_view rule) { return periodic_.status(rule); },
          .monitors = monitors_,
          .folder_of = [this](MonitorId id) { return std::string(parts_.fleet.relations().folder(id)); }};
}

QuerySources Alerting::query_sources() {
  QuerySources sources{
      .sql = [this](history::SqlQuery query,
                    MonoTime deadline) { return parts_.history.query_sql(std::move(query), deadline); },
      .promql = nullptr,
      .state_of =
          [this](MonitorId id) {
            auto status = parts_.latest.status(id);
            return status ? status->state : model::State::kUnknown;
          },
      .account = &parts_.account.child("queries")};
  if (!parts_.config.alerts.prometheus_url.empty())
    sources.promql = [this](PromqlQuery query, MonoTime deadline) {
      return prometheus_.ask(std::move(query), deadline);
    };
  return sources;
}

PeriodicRules::Parts Alerting::periodic_parts() {
  return {.executor = parts_.control,
          .clock = parts_.clock,
          .account = parts_.account,
          .sources = sources_,
          .version = [this] { return desk_.rules_version(); },
          .rules = [this] { return desk_.evaluator().rules(); },
          .answer = [this](std::string_view rule, std::span<const alert::QueryRow> rows,
                           std::int64_t time_ms) { return desk_.on_query(rule, rows, time_ms); },
          .tell = [this](std::string_view kind, std::string_view severity,
                         std::string_view text) { parts_.events.add(kind, severity, text); }};
}

boost::asio::awaitable<Status> Alerting::start() {
  CO_TRY_OK(co_await desk_.start());
  outbox_.start();
  started_ = true;
  co_return Status();
}

boost::asio::awaitable<void> Alerting::close(MonoTime deadline) {
  started_ = false;
  co_await periodic_.close();
  co_await outbox_.close();
  co_await desk_.close(deadline);
}

void Alerting::look(bool reloading) {
  if (!started_) return;
  if (!reloading) follow_monitors();
  tell_conditions();
  desk_.look();
  periodic_.look();
}

void Alerting::stopped(MonitorId id) {
  try {
    stopped_.insert(id);
  } catch (const std::bad_alloc&) {
    missed_stop_ = true;
  }
}

void Alerting::follow_monitors() {
  if (missed_stop_) {
    // Which it was is not known: all that fires about monitors that are not there ends.
    missed_stop_ = false;
    desk_.evaluator().records([this](const alert::SeriesRecord& series) {
      if (series.monitor.value != 0 && !parts_.fleet.monitors().find(series.monitor)) stopped_.insert(series.monitor);
    });
  }
  for (auto id : std::exchange(stopped_, {})) {
    auto view = monitors_.find(id);
    auto status = parts_.latest.status(id);
    if (!view || !status)
      desk_.on_gone(id);
    else if (status->state == model::State::kPaused)
      desk_.on_paused(id);
    else
      desk_.on_edited(*view);
  }
}

/// What the built-in rules about the process itself are asked of.
void Alerting::tell_conditions() {
  auto history = parts_.history.stats();
  desk_.set_condition(alert::kHistoryDown, {}, !history.running,
                      history.running ? "" : fmt::format("history does not run: {}", history.last_error));
  auto level = parts_.level();
  desk_.set_condition(alert::kMemoryLevel, {}, level >= memory::Level::kHigh,
                      fmt::format("the memory level is {}", memory::to_string(level)));
  auto now = parts_.clock.mono();
  if (now - last_disk_ < kDiskEvery) return;
  last_disk_ = now;
  struct statvfs disk{};
  if (::statvfs(parts_.config.data_dir.c_str(), &disk) != 0) return;  // the catalog and history say what they miss
  auto left = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  auto all = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
  desk_.set_condition(
      alert::kDiskLow, {}, left < std::min<std::uint64_t>(all / 20, 1ULL << 30),
      fmt::format("{} of {} are left in {}", format_size(left), format_size(all), parts_.config.data_dir));
}

void Alerting::take(const batch::Batch& batch) {
  if (!started_ || batch.rounds() == 0) return;
  const auto began = parts_.clock.mono();
  const auto now_ms = epoch_ms(parts_.clock.wall());
  feed_.each_round(
      batch, [this](const alert::RoundView& round) { return desk_.reads_rows(round); },
      [this, now_ms](const alert::RoundView& round) {
        times_.lateness.record(milliseconds(now_ms - round.time_ms));
        desk_.on_result(round);
      });
  times_.spent.record(parts_.clock.mono() - began);
}

void Alerting::note(const latest::StateChange& change) {
  if (!started_) return;
  if (change.now == model::State::kUnreachable) desk_.on_unreachable(change.monitor.id);
}

}  // namespace holter::app
