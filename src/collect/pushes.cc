#include "collect/pushes.h"

#include <fmt/format.h>

#include "base/units.h"

namespace holter::collect {
namespace {

constexpr std::size_t kEntryBytes = 256;  // list, table and shared text, beside the texts themselves

Status check(std::string_view job, std::size_t text) {
  if (job.empty() || job.size() > Pushes::kLongestJob)
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use a job's name of {} bytes: 1 to {} are needed",
                                                          job.size(), Pushes::kLongestJob));
  if (text > Pushes::kMostText)
    return Error(ErrorCode::kTooLarge, fmt::format("cannot take a push of {}: at most {} are allowed",
                                                   format_size(text), format_size(Pushes::kMostText)));
  return {};
}

}  // namespace

Status Pushes::put(std::string_view job, std::string_view text, bool openmetrics) {
  TRY_OK(check(job, text.size()));
  // What it replaces is dropped only once there is room for the new one.
  std::scoped_lock lock(mutex_);
  auto bytes = kEntryBytes + job.size() + text.size();
  auto held = account_.reserve(bytes);
  while (!held && !entries_.empty()) {
    forget(entries_.begin());
    held = account_.reserve(bytes);
  }
  if (!held) return std::move(held).error().with_context("cannot take the push");
  Entry fresh{
      std::string(job), {std::make_shared<const std::string>(text), openmetrics, clock_.mono()}, std::move(*held)};
  if (auto found = by_job_.find(job); found != by_job_.end()) forget(found->second);
  if (entries_.size() >= kMostJobs) forget(entries_.begin());
  entries_.push_back(std::move(fresh));
  by_job_.emplace(entries_.back().job, std::prev(entries_.end()));
  return {};
}

std::optional<Pushes::Push> Pushes::newest(std::string_view job) const {
  std::scoped_lock lock(mutex_);
  auto found = by_job_.find(job);
  if (found == by_job_.end()) return std::nullopt;
  return found->second->push;
}

std::size_t Pushes::jobs() const {
  std::scoped_lock lock(mutex_);
  return entries_.size();
}

void Pushes::forget(Entries::iterator entry) {
  by_job_.erase(entry->job);
  entries_.erase(entry);
}

}  // namespace holter::collect
