#include "status/announcement.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::status {
namespace {

constexpr std::string_view kKinds[] = {"incident", "maintenance"};
constexpr std::string_view kPhases[] = {"investigating", "identified",  "monitoring", "resolved",
                                        "scheduled",     "in_progress", "completed"};
constexpr std::string_view kImpacts[] = {"none", "minor", "major", "critical"};

template <class T, std::size_t n>
std::optional<T> parse(const std::string_view (&words)[n], std::string_view word) {
  const auto* found = std::ranges::find(words, word);
  if (found == std::end(words)) return std::nullopt;
  return static_cast<T>(found - std::begin(words));
}

std::string_view phases_of(Kind kind) {
  return kind == Kind::kIncident ? "investigating, identified, monitoring, resolved"
                                 : "scheduled, in_progress, completed";
}

std::string misfit(Kind kind, Phase phase) {
  return fmt::format("cannot use '{}' for {}: one of {} is needed", to_string(phase),
                     kind == Kind::kIncident ? "an incident" : "maintenance", phases_of(kind));
}

constexpr std::string_view kAllPhases =
    "investigating, identified, monitoring, resolved, scheduled, in_progress, completed";

void check_components(JsonReader& reader, const std::vector<std::string>& components, const Page& page) {
  std::set<std::string_view> seen;
  for (const auto& id : components) {
    if (find_component(page, id) == nullptr)
      reader.fail("components", fmt::format("cannot find the component '{}' in the page", excerpt(id)));
    if (!seen.insert(id).second)
      reader.fail("components", fmt::format("cannot name the component '{}' twice", excerpt(id)));
  }
}

}  // namespace

std::string_view to_string(Kind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}
std::string_view to_string(Phase phase) {
  return kPhases[static_cast<std::size_t>(phase)];
}
std::string_view to_string(Impact impact) {
  return kImpacts[static_cast<std::size_t>(impact)];
}
std::optional<Kind> parse_kind(std::string_view word) {
  return parse<Kind>(kKinds, word);
}
std::optional<Phase> parse_phase(std::string_view word) {
  return parse<Phase>(kPhases, word);
}
std::optional<Impact> parse_impact(std::string_view word) {
  return parse<Impact>(kImpacts, word);
}

std::string_view title_of(Phase phase, std::string_view language) {
  constexpr std::string_view kEnglish[] = {"Investigating", "Identified",  "Monitoring", "Resolved",
                                           "Scheduled",     "In progress", "Completed"};
  constexpr std::string_view kChinese[] = {"调查中", "已确认", "观察中", "已解决", "已计划", "进行中", "已完成"};
  auto at = static_cast<std::size_t>(phase);
  return language == "zh" || language.starts_with("zh-") ? kChinese[at] : kEnglish[at];
}

bool fits(Kind kind, Phase phase) {
  return (phase < Phase::kScheduled) == (kind == Kind::kIncident);
}

bool is_over(Phase phase) {
  return phase == Phase::kResolved || phase == Phase::kCompleted;
}

Checked<Announcement> read_announcement(const boost::json::object& document, const Page& page, bool is_new) {
  JsonReader reader(document, "", {"title", "kind", "state", "impact", "components", "starts", "ends", "text"});
  Announcement out;
  out.title = reader.line("title", kMostTitle, 1);
  out.kind = reader.word<Kind>("kind", Kind::kIncident, parse_kind, "incident, maintenance");
  auto usual = out.kind == Kind::kIncident ? Phase::kInvestigating : Phase::kScheduled;
  out.phase = reader.word<Phase>("state", usual, parse_phase, kAllPhases);
  out.impact = reader.word<Impact>("impact", Impact::kNone, parse_impact, "none, minor, major, critical");
  out.components = reader.lines("components", kMostComponents, 60);
  out.starts = reader.time("starts");
  out.ends = reader.time("ends");
  out.text = reader.text("text", kMostUpdateText);
  if (!is_new && reader.has("text")) reader.fail("text", "cannot change a text here: POST to .../updates adds one");
  if (!fits(out.kind, out.phase)) reader.fail("state", misfit(out.kind, out.phase));
  check_components(reader, out.components, page);
  if (out.starts && out.ends && *out.ends < *out.starts) reader.fail("ends", "cannot end before it starts");
  if (out.kind == Kind::kMaintenance && out.phase == Phase::kScheduled && !out.starts)
    reader.fail("starts", "cannot schedule maintenance without a time");
  if (reader.fault()) return std::unexpected(*reader.fault());
  return out;
}

Checked<Update> read_update(const boost::json::object& document, Kind kind) {
  JsonReader reader(document, "", {"text", "state", "time"});
  Update out;
  out.text = reader.text("text", kMostUpdateText, 1);
  if (reader.has("state")) {
    out.phase = reader.word<Phase>("state", Phase::kInvestigating, parse_phase, kAllPhases);
    if (!fits(kind, *out.phase)) reader.fail("state", misfit(kind, *out.phase));
  }
  out.time = reader.time("time");
  if (reader.fault()) return std::unexpected(*reader.fault());
  return out;
}

bool is_maintenance_now(Kind kind, Phase phase, WallTime starts, std::optional<WallTime> ends, WallTime now) {
  if (kind != Kind::kMaintenance) return false;
  if (phase == Phase::kInProgress) return true;
  return phase == Phase::kScheduled && starts <= now && ends && now < *ends;
}

}  // namespace holter::status
