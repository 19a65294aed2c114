#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/backend.h"
#include "base/clock.h"
#include "memory/account.h"

namespace holter::app {

/// What has happened, for people and programs: the last kMost events in memory, alerts also in a file.
///
/// `<data_dir>/alerts.jsonl` gets one JSON object per line for each change of a built-in alert; at 1 MiB it becomes
/// alerts.1.jsonl, which takes the place of the one before.
/// Threads: the control executor's.
class Events {
 public:
  static constexpr std::size_t kMost = 500;
  static constexpr std::size_t kLongestText = 400;
  static constexpr std::size_t kAlertFile = 1 << 20;

  /// `alert_file` may be empty: then alerts are events only.
  Events(const Clock& clock, memory::Account& account, std::string alert_file);

  /// Never throws: an event for which there is no memory is counted in lost(), and its id is not used.
  /// `job` is of the kind "job" only.
  void add(std::string_view kind, std::string_view severity, std::string_view text,
           std::shared_ptr<const api::JobProgress> job = nullptr) noexcept;
  /// Of the kinds "incident" and "notification".
  void add(std::string_view severity, std::string_view text,
           std::shared_ptr<const api::IncidentChange> incident) noexcept;
  void add(std::string_view severity, std::string_view text,
           std::shared_ptr<const api::DeadNotification> notification) noexcept;

  struct Alert {
    std::string_view name, severity, text;
    bool firing = true;
    std::int64_t since_ms = 0;
  };
  /// An event of kind "memory.alert" and so on, and a line in the file.
  void alert(std::string_view kind, const Alert& alert) noexcept;

  /// With an id above `after`, oldest first, at most `most`.
  std::vector<api::Event> since(std::uint64_t after, std::size_t most) const;
  void on_event(std::function<void()> callback) { callback_ = std::move(callback); }
  std::uint64_t lost() const { return lost_; }
  /// One for which there was no memory before it came here.
  void lose() noexcept { ++lost_; }

 private:
  void add(api::Event event) noexcept;
  void write_line(const Alert& alert);

  const Clock& clock_;
  const std::string alert_file_;
  memory::Reservation reserved_;
  std::deque<api::Event> events_;
  std::uint64_t last_id_ = 0, lost_ = 0;
  bool told_write_failure_ = false;
  std::function<void()> callback_;
};

}  // namespace holter::app
