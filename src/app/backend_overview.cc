#include <map>
#include <string_view>

#include "app/backend.h"
#include "memory/resident.h"

// Counts of monitors: of all, and of those that somebody may see.
namespace holter::app {
namespace {

/// Groups by name, as many as are listed. The names outlive it.
class Groups {
 public:
  void count(std::string_view name, model::State state) {
    auto found = all_.find(name);
    if (found == all_.end()) {
      if (all_.size() == api::Overview::kMostGroups) {
        cut_ = true;
        return;
      }
      found = all_.emplace(name, api::MonitorGroup{.name = std::string(name)}).first;
    }
    ++found->second.monitors;
    ++found->second.by_state[static_cast<std::size_t>(state)];
  }
  bool cut() const { return cut_; }
  std::vector<api::MonitorGroup> take() {
    std::vector<api::MonitorGroup> groups;
    groups.reserve(all_.size());
    for (auto& [name, group] : all_) groups.push_back(std::move(group));
    return groups;
  }

 private:
  std::map<std::string_view, api::MonitorGroup> all_;
  bool cut_ = false;
};

/// The folder at the top of what he sees of this one: itself, or one above it. He sees it.
std::string_view top_of(std::string_view folder, const access::Identity& who) {
  for (auto slash = folder.find('/'); slash != std::string_view::npos; slash = folder.find('/', slash + 1))
    if (auto above = folder.substr(0, slash); who.role_in(above) >= access::Role::kViewer) return above;
  return folder;
}

void count(api::Summary& summary, model::State state) {
  switch (state) {
    case model::State::kUp:
      ++summary.up;
      break;
    case model::State::kDown:
      ++summary.down;
      break;
    case model::State::kUnknown:
      ++summary.unknown;
      break;
    case model::State::kStale:
      ++summary.stale;
      break;
    case model::State::kPaused:
      ++summary.paused;
      break;
    case model::State::kUnreachable:
      ++summary.unreachable;
      break;
  }
}

}  // namespace

api::Summary Backend::summary_of_process() const {
  api::Summary s{.version = HOLTER_VERSION, .started_ms = started_ms_, .now_ms = epoch_ms(parts_.clock.wall())};
  s.budget_bytes = parts_.budget;
  if (auto resident = memory::resident_set()) s.resident_bytes = resident->resident;
  auto history = parts_.history->stats();
  s.history_running = history.running;
  s.history_resident_bytes = history.child_resident;
  return s;
}

api::Summary Backend::summary() const {
  auto s = summary_of_process();
  s.monitors = parts_.fleet.monitors().size();
  parts_.fleet.monitors().each([&](Slot, const Watched& watched) {
    count(s, parts_.latest.status(watched.monitor.id)->state);
    return true;
  });
  return s;
}

api::Overview Backend::overview(const access::Identity& who) const {
  api::Overview overview{.summary = summary_of_process(), .apps = {}, .folders = {}};
  bool sees_all = who.role() >= access::Role::kViewer;
  Groups apps, folders;
  parts_.fleet.monitors().each([&](Slot, const Watched& watched) {
    const auto& monitor = watched.monitor;
    auto folder = parts_.fleet.relations().folder(monitor.id);
    if (!sees_all && who.role_in(folder) < access::Role::kViewer) return true;
    auto state = parts_.latest.status(monitor.id)->state;
    ++overview.summary.monitors;
    count(overview.summary, state);
    apps.count(monitor.definition->app, state);
    if (!folder.empty()) folders.count(sees_all ? folder.substr(0, folder.find('/')) : top_of(folder, who), state);
    return true;
  });
  overview.cut = apps.cut() || folders.cut();
  overview.apps = apps.take();
  overview.folders = folders.take();
  return overview;
}

}  // namespace holter::app
