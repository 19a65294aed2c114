#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "alert/matcher.h"
#include "app/status_pages.h"
#include "base/units.h"
#include "model/local_time.h"
#include "runtime/deadline.h"
#include "status/announcement.h"
#include "status/badge.h"
#include "status/buckets.h"
#include "status/feed.h"
#include "status/logo.h"

// What visitors see: nothing but what the author of a page wrote, and states.
namespace holter::app {
namespace {

using api::Problem;
using catalog::StatusAnnouncementId;

constexpr auto kShownFor = std::chrono::days(14);  // what is over
constexpr std::size_t kLookedAtOnce = 4096;        // monitors, once for each component, before others may go on
constexpr std::int64_t kMinute = 60'000;
constexpr std::size_t kMostFeedItems = 50;

/// The labels of a monitor itself come behind those that alerts have of it (alert::alert_labels()).
std::string_view label_of(const model::Monitor& monitor, std::string_view folder, std::string_view name) {
  if (name == "monitor") return monitor.name;
  if (name == "app") return monitor.definition->app;
  if (name == "folder") return folder;
  return model::label_of(*monitor.labels, name);
}

bool caught(const alert::Matchers& matchers, const model::Monitor& monitor, std::string_view folder) {
  return std::ranges::all_of(matchers, [&](const alert::Matcher& matcher) {
    return matcher.matches(label_of(monitor, folder, matcher.name()));
  });
}

/// A component that catches monitors by their labels.
struct Catcher {
  std::size_t component = 0;
  alert::Matchers matchers;
  std::set<std::string_view> named;  ///< that count already
};

/// What was announced, with the newest of what was told of it.
struct Announced {
  std::vector<catalog::StatusAnnouncement> rows;
  std::vector<std::vector<catalog::StatusUpdate>> updates;
  bool cut = false;
};

Result<Announced> read_announced(catalog::Database& database, catalog::StatusPageId page, WallTime since) {
  Announced out;
  TRY(out.rows, catalog::read_status_announcements(database, page,
                                                   {.current_since = since, .most = StatusPages::kMostShown + 1}));
  out.cut = out.rows.size() > StatusPages::kMostShown;
  if (out.cut) out.rows.pop_back();
  std::size_t bytes = 0;
  for (const auto& row : out.rows) {
    TRY(auto updates, catalog::read_status_updates(database, row.id, StatusPages::kMostNotes + 1));
    if (updates.size() > StatusPages::kMostNotes) updates.pop_back(), out.cut = true;
    while (!updates.empty()) {
      std::size_t all = 0;
      for (const auto& update : updates) all += update.text.size();
      if (bytes + all <= StatusPages::kMostShownBytes) {
        bytes += all;
        break;
      }
      updates.pop_back();  // the oldest
      out.cut = true;
    }
    out.updates.push_back(std::move(updates));
  }
  return out;
}

std::size_t bytes_of(const api::StatusAnnouncement& row) {
  auto bytes = sizeof row + row.title.size() + row.created_by.size() + row.updated_by.size();
  for (const auto& component : row.components) bytes += sizeof component + component.size();
  for (const auto& note : row.notes) bytes += sizeof note + note.text.size() + note.who.size();
  return bytes;
}

std::size_t bytes_of(const api::StatusView& view) {
  auto bytes = sizeof view + view.title.size() + view.description.size();
  for (const auto& group : view.groups) {
    bytes += sizeof group + group.name.size();
    for (const auto& component : group.components)
      bytes += sizeof component + component.id.size() + component.name.size() + component.description.size();
  }
  for (const auto& row : view.announcements) bytes += bytes_of(row);
  return bytes;
}

/// Whether maintenance of the component, or of all, goes on.
bool in_maintenance(const std::vector<catalog::StatusAnnouncement>& rows, std::string_view component, WallTime now) {
  return std::ranges::any_of(rows, [&](const catalog::StatusAnnouncement& row) {
    auto kind = status::parse_kind(row.kind);
    auto phase = status::parse_phase(row.state);
    auto ends = row.ends == WallTime() ? std::optional<WallTime>() : row.ends;
    return kind && phase && status::is_maintenance_now(*kind, *phase, row.starts, ends, now) &&
           (row.components.empty() || std::ranges::find(row.components, component) != row.components.end());
  });
}

/// What history is asked for: buckets of one width, of which the first is number `first`.
struct Piece {
  std::size_t first = 0;
  std::int64_t from_ms = 0, to_ms = 0, step_ms = 0;
};

}  // namespace

void StatusPages::count(MonitorId id, std::size_t most_ids, Found& found) const {
  auto status = parts_.latest.status(id);
  if (!status) {
    ++found.tally.unknown;
    return;
  }
  ++found.known;
  found.tally.add(status->state, status->paused == latest::PauseReason::kUser);
  if (status->state == model::State::kUp) {
    found.duration_ms += static_cast<double>(status->duration_us) / 1000;
    ++found.durations;
  }
  if (found.ids.size() < most_ids) found.ids.push_back(id);
}

StatusPages::Answer<std::vector<StatusPages::Found>> StatusPages::look(const status::Page* page, std::size_t most_ids,
                                                                       MonoTime deadline) {
  std::vector<Found> all;
  std::vector<Catcher> catchers;
  std::size_t bytes = 0;
  for (const auto& group : page->groups)
    for (const auto& component : group.components) {
      auto& found = all.emplace_back();
      std::set<std::string_view> named(component.monitors.begin(), component.monitors.end());
      for (auto name : named) {
        auto slot = parts_.fleet.find(name);
        if (slot)
          count(parts_.fleet.monitors().at(*slot).monitor.id, most_ids, found);
        else
          ++found.tally.unknown;  // who wrote the page shall see that it is gone
      }
      if (component.matchers.empty()) continue;
      auto matchers = alert::parse_matchers(component.matchers);
      if (!matchers) co_return api::to_problem(matchers.error());
      bytes += alert::held_bytes(*matchers);
      catchers.push_back({all.size() - 1, std::move(*matchers), std::move(named)});
    }
  if (catchers.empty()) co_return all;
  CO_TRY(auto held, parts_.kept.reserve(bytes));
  // Monitors may come and go between two pieces; whoever comes then counts the next time.
  const auto& monitors = parts_.fleet.monitors();
  const auto together = std::max<std::size_t>(kLookedAtOnce / catchers.size(), 1);
  for (std::size_t slot = 0; slot < monitors.slots(); ++slot) {
    if (slot % together == together - 1) {
      co_await boost::asio::post(boost::asio::use_awaitable);
      if (runtime::has_passed(deadline)) co_return Problem{504, "cannot look at all monitors in time", "", 0};
      if (slot >= monitors.slots()) break;
    }
    auto at = static_cast<Fleet::Slot>(slot);
    if (!monitors.listed(at)) continue;
    const auto& monitor = monitors.at(at).monitor;
    auto folder = parts_.fleet.relations().folder(monitor.id);
    for (const auto& catcher : catchers)
      if (!catcher.named.contains(monitor.name) && caught(catcher.matchers, monitor, folder))
        count(monitor.id, most_ids, all[catcher.component]);
  }
  co_return all;
}

StatusPages::Answer<std::shared_ptr<const api::StatusView>> StatusPages::make_view(std::string slug, bool knows,
                                                                                   MonoTime deadline) {
  constexpr std::size_t kReading = catalog::kMostStatusPageJson + kMostShownBytes;
  CO_TRY(auto reading, parts_.pages.reserve(kReading));
  auto loaded = co_await load(std::move(slug), knows, false, deadline);
  if (!loaded) co_return loaded.error();
  const auto now = parts_.clock.wall();
  auto announced = co_await parts_.catalog.read<Announced>(
      [page = loaded->stored.id, since = now - kShownFor](catalog::Database& database) {
        return read_announced(database, page, since);
      },
      {"read what is announced", deadline, 0});
  if (!announced) co_return announced.error();
  const auto& page = loaded->page;
  auto found = co_await look(&page, 0, deadline);
  if (!found) co_return found.error();

  auto view = std::make_shared<api::StatusView>();
  view->slug = loaded->stored.slug;
  view->title = page.title;
  view->description = page.description;
  view->time_zone = page.time_zone;
  view->languages = page.languages;
  view->is_public = page.is_public;
  view->has_logo = !loaded->stored.logo_type.empty();
  view->response_time = page.response_time;
  view->history_days = page.history_days;
  view->cut = announced->cut;
  view->now_ms = epoch_ms(now);
  std::vector<status::State> states;
  for (const auto& group : page.groups) {
    auto& shown_group = view->groups.emplace_back();
    shown_group.name = group.name;
    for (const auto& component : group.components) {
      const auto& of = (*found)[states.size()];
      states.push_back(status::state_of(of.tally, in_maintenance(announced->rows, component.id, now)));
      auto& shown_one = shown_group.components.emplace_back();
      shown_one.id = component.id;
      shown_one.name = component.name;
      shown_one.description = component.description;
      shown_one.state = to_string(states.back());
      if (page.response_time && of.durations > 0)
        shown_one.duration_ms = of.duration_ms / static_cast<double>(of.durations);
    }
  }
  view->state = to_string(status::overall(states));
  for (std::size_t i = 0; i < announced->rows.size(); ++i) {
    auto row = shown(announced->rows[i], announced->updates[i]);
    std::erase_if(row.components, [&](const auto& id) { return status::find_component(page, id) == nullptr; });
    view->announcements.push_back(std::move(row));
  }
  CO_TRY(view->held, parts_.kept.reserve(bytes_of(*view)));
  co_return std::shared_ptr<const api::StatusView>(std::move(view));
}

StatusPages::Answer<std::shared_ptr<const api::StatusView>> StatusPages::view(std::string slug, bool knows,
                                                                              MonoTime deadline) {
  auto found =
      co_await views_.get(slug, deadline, [this, slug, knows, deadline] { return make_view(slug, knows, deadline); });
  // One that somebody who may see it has asked for may be kept.
  if (found && !(*found)->is_public && !knows)
    co_return Problem{404, fmt::format("cannot find the status page '{}'", excerpt(slug)), "slug", 0};
  co_return found;
}

StatusPages::Answer<std::shared_ptr<const api::StatusHistory>> StatusPages::make_history(std::string slug,
                                                                                         api::StatusStep step,
                                                                                         bool knows,
                                                                                         MonoTime deadline) {
  CO_TRY(auto reading, parts_.pages.reserve(catalog::kMostStatusPageJson));
  auto loaded = co_await load(std::move(slug), knows, false, deadline);
  if (!loaded) co_return loaded.error();
  const auto& page = loaded->page;
  auto components = std::max<std::size_t>(status::count_components(page), 1);
  auto found = co_await look(&page, std::max<std::size_t>(kMostMonitors / components, 1), deadline);
  if (!found) co_return found.error();

  auto history = std::make_shared<api::StatusHistory>();
  history->step = step;
  history->time_zone = page.time_zone;
  std::vector<Piece> pieces;
  if (step == api::StatusStep::kDay) {
    CO_TRY(auto zone, model::LocalTime::in(page.time_zone));
    auto days = status::days_until(zone, parts_.clock.wall(), page.history_days);
    for (const auto& day : days) {
      history->starts_ms.push_back(day.from_ms);
      history->dates.push_back(day.date);
      history->to_ms = day.to_ms;
    }
    for (const auto& run : status::runs_of(days, static_cast<std::size_t>(history::kMaxHeartbeats)))
      pieces.push_back({run.first, days[run.first].from_ms, days[run.first + run.count - 1].to_ms, run.step_ms});
  } else {
    history->to_ms = (epoch_ms(parts_.clock.wall()) / kMinute + 1) * kMinute;
    auto from = history->to_ms - kMinutes * kMinute;
    for (unsigned i = 0; i < kMinutes; ++i) history->starts_ms.push_back(from + i * kMinute);
    pieces.push_back({0, from, history->to_ms, kMinute});
  }

  std::map<MonitorId, std::vector<std::size_t>> wanted;  // in which components a monitor counts
  for (std::size_t i = 0; i < found->size(); ++i)
    for (auto id : (*found)[i].ids) wanted[id].push_back(i);
  const auto count_buckets = history->starts_ms.size();
  auto bytes = sizeof *history + count_buckets * (sizeof(std::int64_t) + 48) +
               found->size() * (sizeof(api::StatusHistory::Component) + 64 +
                                count_buckets * (sizeof(api::StatusHistory::Bucket) + sizeof(status::Bucket)));
  CO_TRY(history->held, parts_.kept.reserve(bytes));
  std::vector<std::vector<status::Bucket>> buckets(found->size(), std::vector<status::Bucket>(count_buckets));
  std::vector<MonitorId> ids;
  for (const auto& [id, in] : wanted) ids.push_back(id);
  CO_TRY(auto answers, parts_.pages.reserve(std::min(ids.size(), history::kMaxQueryMonitors) * count_buckets *
                                            (sizeof(history::Heartbeat) + 32)));
  for (const auto& piece : pieces)
    for (std::size_t from = 0; from < ids.size(); from += history::kMaxQueryMonitors) {
      auto end = std::min(from + history::kMaxQueryMonitors, ids.size());
      history::HeartbeatsQuery query{
          {ids.begin() + static_cast<std::ptrdiff_t>(from), ids.begin() + static_cast<std::ptrdiff_t>(end)},
          piece.from_ms,
          piece.to_ms,
          piece.step_ms};
      auto answer = co_await runtime::with_deadline(deadline, parts_.heartbeats(std::move(query), deadline),
                                                    "read the history of a status page");
      if (!answer) co_return answer.error();
      for (const auto& of : *answer)
        for (const auto& beat : of.buckets) {
          auto at = piece.first + static_cast<std::size_t>((beat.start_ms - piece.from_ms) / piece.step_ms);
          if (beat.start_ms < piece.from_ms || at >= count_buckets) continue;
          for (auto component : wanted[of.monitor])
            buckets[component][at].add({beat.total, beat.failed, beat.avg_duration_ms});
        }
    }

  std::size_t next = 0;
  for (const auto& group : page.groups)
    for (const auto& component : group.components) {
      auto& out = history->components.emplace_back();
      out.id = component.id;
      out.cut = (*found)[next].ids.size() < (*found)[next].known;
      for (const auto& bucket : buckets[next])
        out.buckets.push_back(
            {bucket.availability(), page.response_time ? bucket.average_duration_ms() : std::nullopt});
      ++next;
    }
  co_return std::shared_ptr<const api::StatusHistory>(std::move(history));
}

StatusPages::Answer<std::shared_ptr<const api::StatusHistory>> StatusPages::history(std::string slug,
                                                                                    api::StatusStep step, bool knows,
                                                                                    MonoTime deadline) {
  // Whether he may see it at all, the page says.
  auto seen = co_await view(slug, knows, deadline);
  if (!seen) co_return seen.error();
  auto& kept = step == api::StatusStep::kDay ? days_ : minutes_;
  co_return co_await kept.get(
      slug, deadline, [this, slug, step, knows, deadline] { return make_history(slug, step, knows, deadline); });
}

StatusPages::Answer<api::StatusLogo> StatusPages::logo(std::string slug, bool knows, MonoTime deadline) {
  constexpr std::size_t kReading = catalog::kMostStatusPageJson + 2 * catalog::kMostStatusLogo;
  CO_TRY(auto reading, parts_.pages.reserve(kReading));
  auto loaded = co_await load(std::move(slug), knows, true, deadline);
  if (!loaded) co_return loaded.error();
  auto logo = status::read_logo(loaded->stored.logo);
  if (!logo) co_return Problem{404, "cannot find a logo of this status page: it has none", "slug", 0};
  co_return api::StatusLogo{std::move(logo->bytes), logo->content_type};
}

std::string StatusPages::feed(const api::StatusView& view, std::string_view origin) const {
  auto address = fmt::format("{}/status/{}", origin, view.slug);
  auto language = view.languages.empty() ? std::string("en") : view.languages.front();
  status::Feed feed{.title = view.title,
                    .link = address,
                    .self = address + "/feed.xml",
                    .description = view.description,
                    .language = language,
                    .time = {},
                    .items = {}};
  for (const auto& row : view.announcements) {
    feed.time = std::max(feed.time, WallTime(milliseconds(row.updated_ms)));
    auto item = [&](std::string_view state, std::uint64_t note, std::string text, std::int64_t time_ms) {
      auto phase = status::parse_phase(state);
      feed.items.push_back({.title = phase ? fmt::format("{} ({})", row.title, title_of(*phase, language)) : row.title,
                            .link = address,
                            .id = fmt::format("{}-{}-{}", address, row.id, note),
                            .text = std::move(text),
                            .time = WallTime(milliseconds(time_ms))});
    };
    for (const auto& note : row.notes) item(note.state, note.id, note.text, note.time_ms);
    if (row.notes.empty()) item(row.state, 0, row.title, row.starts_ms);
  }
  std::ranges::sort(feed.items, [](const status::FeedItem& a, const status::FeedItem& b) {
    return a.time != b.time ? a.time > b.time : a.id > b.id;
  });
  if (feed.items.size() > kMostFeedItems) feed.items.resize(kMostFeedItems);
  if (feed.items.empty()) feed.time = WallTime(milliseconds(view.now_ms));
  return write_feed(feed);
}

api::Answered<std::string> StatusPages::badge(const api::StatusView& view, const api::StatusHistory* history,
                                              std::string_view component) const {
  auto label = view.title, state = view.state;
  if (!component.empty()) {
    const api::StatusView::Component* found = nullptr;
    for (const auto& group : view.groups)
      for (const auto& each : group.components)
        if (each.id == component) found = &each;
    if (found == nullptr)
      return Problem{404, fmt::format("cannot find the component '{}' in this status page", excerpt(component)),
                     "component", 0};
    label = found->name;
    state = found->state;
  }
  auto language = view.languages.empty() ? std::string_view("en") : std::string_view(view.languages.front());
  if (history == nullptr) return write_badge(status::status_badge(label, status::parse_state(state), language));
  // Of a page: the mean of its components, each of which counts alike.
  double sum = 0;
  std::size_t known = 0;
  for (const auto& of : history->components) {
    if (!component.empty() && of.id != component) continue;
    double days = 0;
    std::size_t known_days = 0;
    for (const auto& bucket : of.buckets)
      if (bucket.availability) days += *bucket.availability, ++known_days;
    if (known_days > 0) sum += days / static_cast<double>(known_days), ++known;
  }
  auto availability = known == 0 ? std::optional<double>() : sum / static_cast<double>(known);
  return write_badge(status::uptime_badge(label, availability, language));
}

}  // namespace holter::app
