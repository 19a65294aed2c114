#include "app/trials.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/trial.h"
#include "define/resolve.h"
#include "runtime/deadline.h"
#include "runtime/task_scope.h"

namespace holter::app {
namespace {

namespace asio = boost::asio;
using collect::Layout;
using collect::RawTable;

std::string cut(std::string_view text) {
  return excerpt(text, Trials::kMostText);
}

api::ResultRow row_of(const Layout& layout, const RawTable& table, std::size_t row, Layout::Scratch& scratch) {
  api::ResultRow out;
  for (std::size_t i = 0; i < layout.fields().size(); ++i) {
    const auto& field = layout.fields()[i];
    auto value = layout.value(table, row, i, scratch);
    api::Cell cell{.field = field.name, .unit = field.unit, .is_number = field.number};
    cell.number = value.is_null ? std::numeric_limits<double>::quiet_NaN() : value.number;
    if (!field.number && !value.is_null) cell.text = field.secret ? "******" : cut(value.text);
    if (field.label) out.labels += fmt::format("{}{}=\"{}\"", out.labels.empty() ? "" : ",", field.name, cell.text);
    out.cells.push_back(std::move(cell));
  }
  return out;
}

void add_rows(const Layout& layout, const RawTable& table, Layout::Scratch& scratch, api::SetResult& set, bool& left) {
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (!layout.keeps(table, row, scratch)) continue;
    if (set.rows.size() == Trials::kMostRows) {
      left = true;
      return;
    }
    set.rows.push_back(row_of(layout, table, row, scratch));
  }
}

/// What one request brought, as the API shows it.
void add(const collect::TrialResult& result, memory::Account& account, WallTime now, api::TrialReport& report) {
  auto& sets = report.sets;
  if (sets.size() == Trials::kMostRequests) {
    report.cut = true;
    return;
  }
  auto number = result.number == 0 ? std::string() : fmt::format(" #{}", result.number);
  sets.push_back({.set = result.set.name + number,
                  .priority = result.set.priority,
                  .time_ms = epoch_ms(now),
                  .code = result.outcome.code,
                  .message = cut(result.outcome.message)});
  if (result.shot == nullptr) return;
  sets.back().duration_us = std::chrono::duration_cast<std::chrono::microseconds>(result.shot->duration()).count();
  if (result.outcome.code != model::ResultCode::kSuccess) return;
  Layout::Scratch scratch(account);
  if (!scratch.prepare(*result.layout, now)) {
    report.cut = true;
    return;
  }
  if (!result.set.dynamic) add_rows(*result.layout, result.shot->table(), scratch, sets.back(), report.cut);
  for (const auto& part : result.shot->parts()) {
    if (sets.size() == Trials::kMostRequests) {
      report.cut = true;
      return;
    }
    sets.push_back({.set = part.set, .priority = result.set.priority, .time_ms = epoch_ms(now)});
    add_rows(part.layout, part.table, scratch, sets.back(), report.cut);
  }
}

model::State state_of(collect::Trial::Verdict verdict) {
  switch (verdict) {
    case collect::Trial::Verdict::kUp:
      return model::State::kUp;
    case collect::Trial::Verdict::kDown:
      return model::State::kDown;
    case collect::Trial::Verdict::kUndecided:
      break;
  }
  return model::State::kUnknown;
}

asio::awaitable<void> until(asio::steady_timer& end) {
  boost::system::error_code ignored;  // cancelled: the round has ended, or all shall
  co_await end.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace

asio::awaitable<Result<api::TrialReport>> Trials::on_shard(std::shared_ptr<const model::Monitor> monitor) {
  std::vector<model::ResolvedSet> sets;
  for (const auto& set : monitor->definition->sets) sets.push_back(define::resolve(set, *monitor));
  collect::Trial trial({.traced = false, .limit = kLimit}, shard_.collector.services(), account_,
                       monitor->definition->app, sets);
  api::TrialReport report;
  auto verdict =
      co_await trial.run([&](const collect::TrialResult& result) { add(result, account_, clock_.wall(), report); });
  report.state = state_of(verdict);
  co_return report;
}

asio::awaitable<Result<api::TrialReport>> Trials::run(model::Monitor monitor, MonoTime deadline) {
  using namespace asio::experimental::awaitable_operators;
  if (closed_) co_return Error(ErrorCode::kCancelled, "cannot try the monitor: the server ends");
  if (ends_.size() >= kMost)
    co_return Error(ErrorCode::kResourceExhausted,
                    fmt::format("cannot try the monitor: {} are being tried at the moment, which is the most", kMost));
  CO_TRY(auto held, account_.reserve(kBytes));
  struct Running {
    std::list<asio::steady_timer>& ends;
    std::list<asio::steady_timer>::iterator end;
    Running(std::list<asio::steady_timer>& all, runtime::Executor executor, MonoTime at)
        : ends(all), end(all.emplace(all.end(), executor, at)) {}
    ~Running() { ends.erase(end); }
  } running(ends_, control_, deadline);
  runtime::Presence here;
  auto kept = std::make_shared<const model::Monitor>(std::move(monitor));
  auto on_its_thread = [](Trials* trials,
                          std::shared_ptr<const model::Monitor> tried) -> asio::awaitable<Result<api::TrialReport>> {
    co_return co_await asio::co_spawn(trials->shard_.shard.executor(), trials->on_shard(std::move(tried)),
                                      asio::use_awaitable);
  };
  auto first =
      co_await (runtime::guarded(on_its_thread(this, kept), "try the monitor", here.token()) || until(*running.end));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return closed_ ? Error(ErrorCode::kCancelled, "cannot try the monitor: the server ends")
                    : Error(ErrorCode::kTimeout, "cannot try the monitor: no answer in time");
}

asio::awaitable<void> Trials::close() {
  closed_ = true;
  for (auto& end : ends_) end.expires_at(MonoTime::min());
  // A probe that is cancelled ends at once; one that hangs all the same is not waited for.
  for (int i = 0; i < 50 && !ends_.empty(); ++i) co_await runtime::sleep_for(milliseconds(10));
}

}  // namespace holter::app
