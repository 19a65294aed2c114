#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "app/events.h"
#include "catalog/incidents.h"
#include "incidents/desk.h"
#include "notify/outbox.h"

namespace holter::app {

/// Makes events of what becomes of incidents and notifications. Nothing throws: what finds no memory is counted in
/// Events::lost(). Threads: the control executor's. Lifetime: the events outlive it.
class AlertEvents {
 public:
  /// Texts of people and other products are cut to so many bytes.
  static constexpr std::size_t kLongest = 200;

  /// `folder_of`: of a monitor, "" for one that is not known.
  AlertEvents(Events& events, std::function<std::string(MonitorId)> folder_of)
      : events_(events), folder_of_(std::move(folder_of)) {}

  /// What the desk tells.
  void tell(const incidents::IncidentNews& news) noexcept;
  /// What `who` has done: `action` as api::IncidentChange has it.
  void tell(const catalog::Incident& incident, std::string_view action, std::string_view who,
            std::string_view text) noexcept;
  void tell(const notify::Outbox::Dead& dead) noexcept;

 private:
  void add(api::IncidentChange change, const model::Labels& labels, const model::Labels& annotations) noexcept;

  Events& events_;
  const std::function<std::string(MonitorId)> folder_of_;
};

}  // namespace holter::app
