#include <algorithm>
#include <boost/json/serialize.hpp>
#include <memory>

#include <fmt/format.h>

#include "app/alert_api.h"
#include "base/rfc3339.h"
#include "base/units.h"
#include "catalog/audit.h"
#include "incidents/message.h"
#include "incidents/spec_reader.h"
#include "notify/message_json.h"
#include "notify/presets.h"

// What has happened: incidents, notifications, foreign alerts; and what a template gives.
namespace holter::app {
namespace json = boost::json;
namespace {

using api::Answered;
using api::IncidentAction;
using api::Problem;
using catalog::IncidentEventKind;
using incidents::OpenAlert;

constexpr std::size_t kIncidentBytes = 4096;  // about what a row takes

std::string hex(std::uint64_t id) {
  return fmt::format("{:016x}", id);
}

api::IncidentNote note_of(const catalog::IncidentEvent& event) {
  return {.id = event.id,
          .time_ms = epoch_ms(event.time),
          .kind = std::string(catalog::to_string(event.kind)),
          .who = event.who,
          .text = event.text};
}

api::NotifyDecision decision_of(const catalog::IncidentEvent& event) {
  api::NotifyDecision decision{.time_ms = epoch_ms(event.time), .text = event.text};
  auto object = incidents::parse_object(event.json.empty() ? "{}" : event.json, "a decision");
  if (!object) return decision;  // the text says it
  if (const auto* verdict = object->if_contains("verdict"); verdict != nullptr && verdict->is_string())
    decision.verdict = std::string(verdict->as_string());
  if (const auto* route = object->if_contains("route"); route != nullptr && route->is_string())
    decision.route = std::string(route->as_string());
  if (const auto* until = object->if_contains("until"); until != nullptr && until->is_string())
    if (auto time = parse_rfc3339(std::string_view(until->as_string()))) decision.until_ms = epoch_ms(*time);
  if (const auto* receivers = object->if_contains("receivers"); receivers != nullptr && receivers->is_array())
    for (const auto& receiver : receivers->as_array())
      if (receiver.is_string()) decision.receivers.emplace_back(receiver.as_string());
  return decision;
}

/// As api::IncidentChange has it.
std::string_view word_of(const IncidentAction& action) {
  switch (action.kind) {
    case IncidentAction::Kind::kAcknowledge:
      return action.undo ? "unacknowledged" : "acknowledged";
    case IncidentAction::Kind::kAssign:
      return "assigned";
    case IncidentAction::Kind::kComment:
      return "commented";
    case IncidentAction::Kind::kSnooze:
      return action.until_ms == 0 ? "unsnoozed" : "snoozed";
    case IncidentAction::Kind::kResolve:
      return "resolved";
    case IncidentAction::Kind::kLink:
      return "linked";
  }
  return "";
}

/// What the event of an action says besides.
std::string text_of(const IncidentAction& action, const catalog::Incident& incident) {
  if (action.kind == IncidentAction::Kind::kSnooze && action.until_ms != 0)
    return "until " + format_time(incident.snoozed_until);
  if (action.kind == IncidentAction::Kind::kLink)
    return action.other == 0 ? "not any more" : fmt::format("to {}", action.other);
  return action.text;
}

api::NotificationRow notification_row(const catalog::OutboxEntry& entry) {
  api::NotificationRow row{.id = entry.id.value,
                           .receiver = entry.receiver,
                           .channel = entry.channel,
                           .state = std::string(catalog::to_string(entry.state)),
                           .title = entry.title,
                           .attempts = entry.attempts,
                           .created_ms = epoch_ms(entry.created),
                           .updated_ms = epoch_ms(entry.updated),
                           .next_ms = entry.state == catalog::OutboxState::kQueued ? epoch_ms(entry.next) : 0,
                           .answer = entry.last_answer,
                           .incidents = {}};
  for (auto id : entry.incidents) row.incidents.push_back(id.value);
  return row;
}

}  // namespace

bool AlertApi::may_see(const Caller& caller, MonitorId monitor) const {
  if (caller.who.role_in("") >= access::Role::kViewer) return true;
  if (monitor.value == 0) return false;  // of the process itself
  return caller.who.role_in(parts_.folder_of(monitor)) >= access::Role::kViewer;
}

api::IncidentRow AlertApi::row_of(const catalog::Incident& incident) const {
  api::IncidentRow row{.id = incident.id.value,
                       .fingerprint = hex(incident.fingerprint.value),
                       .rule = incident.rule,
                       .severity = incident.severity,
                       .labels = incident.labels,
                       .annotations = incident.annotations,
                       .monitor = incident.monitor,
                       .started_ms = epoch_ms(incident.started),
                       .ended_ms = epoch_ms(incident.ended),
                       .resolution = incident.open() ? "" : std::string(model::to_string(incident.resolution)),
                       .evidence = incident.evidence,
                       .assignee = incident.assignee,
                       .acknowledged_by = incident.acknowledged_by,
                       .acknowledged_ms = epoch_ms(incident.acknowledged),
                       .snoozed_until_ms = epoch_ms(incident.snoozed_until),
                       .linked = incident.linked.value,
                       .version = incident.version};
  const auto* open = incident.open() ? parts_.desk.find(incident.fingerprint) : nullptr;
  if (open == nullptr) return row;
  auto muted = parts_.desk.muted(*open->alert);
  row.silenced_by = muted.silences;
  if (muted.inhibitor) row.inhibited_by = hex(muted.inhibitor->value);
  return row;
}

AlertApi::Answer<api::IncidentPage> AlertApi::incidents(api::IncidentQuery query, Caller caller) {
  CO_TRY(auto held, parts_.pages.reserve((query.limit + 20) * kIncidentBytes));
  using Which = catalog::IncidentQuery::Which;
  catalog::IncidentQuery wanted;
  wanted.which = !query.open ? Which::kAll : *query.open ? Which::kOpen : Which::kClosed;
  wanted.severity = query.severity;
  if (query.monitor.value != 0) wanted.monitor = query.monitor;
  wanted.text = query.text;
  wanted.from = WallTime(milliseconds(query.from_ms));
  if (query.to_ms != 0) wanted.to = WallTime(milliseconds(query.to_ms));
  wanted.before_id = query.before;
  wanted.most = query.limit + 1;  // one more says whether there are more
  struct Found {
    std::vector<catalog::Incident> rows;
    std::array<std::size_t, 4> open{};
  };
  auto found = co_await parts_.catalog.read<Found>(
      [wanted](catalog::Database& database) -> Result<Found> {
        Found found;
        TRY(found.rows, catalog::read_incidents(database, wanted));
        TRY(found.open, catalog::count_open_incidents(database));
        return found;
      },
      {"read the incidents", caller.deadline});
  if (!found) co_return found.error();
  api::IncidentPage page;
  page.open_by_severity = found->open;
  for (const auto& incident : found->rows) {
    if (page.rows.size() == query.limit) {
      page.next = page.rows.back().id;
      break;
    }
    if (may_see(caller, incident.monitor)) page.rows.push_back(row_of(incident));
  }
  // A page may be cut by its bytes, or have rows that are not for the caller: what follows is asked for by the last id.
  if (!page.next && found->rows.size() > query.limit) page.next = found->rows[query.limit - 1].id.value;
  co_return page;
}

AlertApi::Answer<api::IncidentDetail> AlertApi::incident(std::uint64_t id, Caller caller) {
  CO_TRY(auto held, parts_.pages.reserve(1024 * 1024));
  struct Found {
    catalog::Incident incident;
    std::vector<catalog::IncidentEvent> events;
  };
  auto found = co_await parts_.catalog.read<Found>(
      [id](catalog::Database& database) -> Result<Found> {
        Found found;
        TRY(found.incident, catalog::find_incident(database, catalog::IncidentId{id}));
        TRY(found.events, catalog::read_incident_events(database, found.incident.id, 0, catalog::kMostIncidentEvents));
        return found;
      },
      {"read an incident", caller.deadline});
  if (!found) co_return found.error();
  if (!may_see(caller, found->incident.monitor))
    co_return Problem{404, fmt::format("cannot find the incident {}", id), "", 0};
  api::IncidentDetail detail{.row = row_of(found->incident), .notes = {}, .decisions = {}};
  for (const auto& event : found->events)
    if (event.kind == IncidentEventKind::kDecision)
      detail.decisions.push_back(decision_of(event));
    else
      detail.notes.push_back(note_of(event));
  co_return detail;
}

AlertApi::Answer<api::IncidentPage> AlertApi::caught(std::string matchers, Caller caller) {
  auto parsed = alert::parse_matchers(matchers);
  if (!parsed) co_return Problem{422, parsed.error().message(), "matchers", 0};
  api::IncidentPage page;
  parts_.desk.each_open([&](const OpenAlert& open) {
    if (!alert::matches(*parsed, open.alert->labels)) return;
    const auto& alert = *open.alert;
    auto severity = model::parse_severity(model::label_of(alert.labels, "severity")).value_or(model::Severity::kInfo);
    ++page.open_by_severity[static_cast<std::size_t>(severity)];
    if (page.rows.size() >= 100) return;  // the counts say how many there are
    page.rows.push_back({.id = open.incident.value,
                         .fingerprint = hex(alert.fingerprint.value),
                         .rule = std::string(model::label_of(alert.labels, "alertname")),
                         .severity = severity,
                         .labels = alert.labels,
                         .annotations = alert.annotations,
                         .started_ms = epoch_ms(alert.starts)});
  });
  co_return page;
}

AlertApi::Answer<api::IncidentRow> AlertApi::act(std::uint64_t id, IncidentAction action, Caller caller) {
  auto now = parts_.clock.wall();
  auto who = caller.who.account();
  auto change = [action, now, who](catalog::Incident& incident) -> Result<catalog::IncidentEvent> {
    catalog::IncidentEvent event{.incident = incident.id, .kind = IncidentEventKind::kComment, .text = action.text};
    switch (action.kind) {
      case IncidentAction::Kind::kAcknowledge:
        event.kind = IncidentEventKind::kAcknowledged;
        if (action.undo) event.text = "not any more" + (action.text.empty() ? "" : ": " + action.text);
        incident.acknowledged = action.undo ? WallTime() : now;
        incident.acknowledged_by = action.undo ? "" : who;
        break;
      case IncidentAction::Kind::kAssign:
        event.kind = IncidentEventKind::kAssigned;
        incident.assignee = action.text;
        event.text = action.text.empty() ? "nobody" : action.text;
        break;
      case IncidentAction::Kind::kComment:
        break;
      case IncidentAction::Kind::kSnooze:
        event.kind = IncidentEventKind::kSnoozed;
        incident.snoozed_until = action.until_ms == 0 ? WallTime() : WallTime(milliseconds(action.until_ms));
        event.text = action.until_ms == 0 ? "not any more" : "until " + format_time(incident.snoozed_until);
        break;
      case IncidentAction::Kind::kResolve:
        event.kind = IncidentEventKind::kResolvedByHand;
        break;
      case IncidentAction::Kind::kLink:
        event.kind = IncidentEventKind::kLinked;
        incident.linked = catalog::IncidentId{action.other};
        event.text = action.other == 0 ? "not any more" : fmt::format("to {}", action.other);
        break;
    }
    return event;
  };
  auto seen = co_await parts_.catalog.read<catalog::Incident>(
      [id](catalog::Database& database) { return catalog::find_incident(database, catalog::IncidentId{id}); },
      {"find an incident", caller.deadline});
  if (!seen) co_return seen.error();
  if (!may_see(caller, seen->monitor)) co_return Problem{404, fmt::format("cannot find the incident {}", id), "", 0};
  bool about_open = action.kind != IncidentAction::Kind::kComment && action.kind != IncidentAction::Kind::kLink;
  if (about_open && !seen->open())
    co_return Problem{409, fmt::format("cannot change the incident {}: it has ended", id), "", 0};
  auto work = [id, change](catalog::Transaction& transaction) -> Result<catalog::Incident> {
    TRY(auto incident, catalog::find_incident(transaction.database(), catalog::IncidentId{id}));
    auto before = incident;
    TRY(auto event, change(incident));
    if (incident != before) {
      TRY(auto stored, catalog::update_incident(transaction, incident));
      incident = std::move(stored);
    }
    TRY_OK(catalog::append_incident_event(transaction, event));
    return incident;
  };
  auto stored = co_await parts_.catalog.write<catalog::Incident>(
      who, std::move(work), {"change an incident", caller.deadline, action.text.size()});
  if (!stored) co_return stored.error();
  parts_.events.tell(*stored, word_of(action), who, text_of(action, *stored));
  auto& desk = parts_.desk;
  // The alert may have begun anew meanwhile: that is another incident.
  if (const auto* open = desk.find(stored->fingerprint); open != nullptr && open->alert->starts == stored->started) {
    if (action.kind == IncidentAction::Kind::kAcknowledge) desk.acknowledged(stored->fingerprint, stored->acknowledged);
    if (action.kind == IncidentAction::Kind::kSnooze) desk.snoozed(stored->fingerprint, stored->snoozed_until);
    if (action.kind == IncidentAction::Kind::kResolve) (void)desk.resolve_by_hand(stored->fingerprint);
  }
  co_return row_of(*stored);
}

AlertApi::Answer<api::NotificationPage> AlertApi::notifications(api::NotificationQuery query, Caller caller) {
  CO_TRY(auto held, parts_.pages.reserve((query.limit + 20) * kIncidentBytes));
  catalog::OutboxQuery wanted{.state = catalog::parse_outbox_state(query.state),
                              .receiver = query.receiver,
                              .before_id = query.before,
                              .most = query.limit + 1};
  auto rows = co_await parts_.catalog.read<std::vector<catalog::OutboxEntry>>(
      [wanted](catalog::Database& database) { return catalog::read_outbox(database, wanted); },
      {"read the notifications", caller.deadline});
  if (!rows) co_return rows.error();
  api::NotificationPage page;
  for (const auto& entry : *rows) {
    if (page.rows.size() == query.limit) {
      page.next = page.rows.back().id;
      break;
    }
    page.rows.push_back(notification_row(entry));
  }
  co_return page;
}

AlertApi::Answer<api::NotificationDetail> AlertApi::notification(std::uint64_t id, Caller caller) {
  CO_TRY(auto held, parts_.pages.reserve(2 * catalog::kMostOutboxMessage));
  struct Found {
    catalog::OutboxEntry entry;
    std::vector<catalog::OutboxAttempt> attempts;
  };
  auto found = co_await parts_.catalog.read<Found>(
      [id](catalog::Database& database) -> Result<Found> {
        Found found;
        TRY(found.entry, catalog::find_outbox(database, catalog::OutboxId{id}));
        TRY(found.attempts, catalog::read_attempts(database, found.entry.id));
        return found;
      },
      {"read a notification", caller.deadline});
  if (!found) co_return found.error();
  api::NotificationDetail detail{.row = notification_row(found->entry), .attempts = {}, .text = ""};
  for (const auto& attempt : found->attempts)
    detail.attempts.push_back({.time_ms = epoch_ms(attempt.time),
                               .duration_ms = attempt.duration.count(),
                               .outcome = std::string(catalog::to_string(attempt.outcome)),
                               .answer = attempt.answer});
  if (auto message = notify::message_from_json(found->entry.message)) detail.text = message->text;
  co_return detail;
}

AlertApi::Answer<api::NotificationRow> AlertApi::resend(std::uint64_t id, Caller caller) {
  auto again = co_await parts_.outbox.resend(notify::EntryId{id});
  if (!again) co_return again.error();
  auto detail = co_await notification(id, caller);
  if (!detail) co_return detail.error();
  co_return std::move(detail->row);
}

AlertApi::Answer<api::ReceiverTrial> AlertApi::try_receiver(std::uint64_t id, std::string text, Caller caller) {
  incidents::ReceiverSpec receiver;
  if (text.empty()) {
    auto stored = co_await find(api::AlertKind::kReceiver, id, caller);
    if (!stored) co_return stored.error();
    const auto* known = parts_.desk.people().find(stored->name);
    if (known == nullptr) co_return Problem{409, "the receiver is not in force", "", 0};
    receiver = *known;
  } else {
    auto document = incidents::read_document(text);
    if (!document) co_return Problem{422, document.error().message(), "", 0};
    auto read = incidents::read_receiver(*document);
    if (!read) {
      auto [member, why] = incidents::split_fault(read.error().message());
      co_return Problem{422, why, member, 0};
    }
    receiver = std::move(*read);
    std::optional<incidents::ReceiverSpec> stored;
    if (id != 0) {
      auto row = co_await find(api::AlertKind::kReceiver, id, caller);
      if (!row) co_return row.error();
      if (const auto* known = parts_.desk.people().find(row->name)) stored = *known;
    }
    if (auto kept = keep_secrets(receiver, stored ? &*stored : nullptr); !kept) {
      auto [member, why] = incidents::split_fault(kept.error().message());
      co_return Problem{422, why, member, 0};
    }
  }
  auto opened = parts_.desk.people().open(id, receiver);
  if (!opened) co_return Problem{422, opened.error().message(), "spec.settings", 0};
  auto now = parts_.clock.wall();
  auto message = notify::sample_message(now);
  message.receiver = receiver.name;
  message.key = fmt::format("test-{}", epoch_ms(now));
  const auto* texts = parts_.desk.people().find_template(receiver.text_template);
  if (auto good = incidents::put_texts(message, receiver, texts, now); !good)
    co_return Problem{422, good.error().message(), "spec.template", 0};
  auto began = parts_.clock.mono();
  auto outcome = co_await opened->channel->send(message, opened->settings, parts_.wire);
  auto taken = std::chrono::duration_cast<milliseconds>(parts_.clock.mono() - began);
  co_return api::ReceiverTrial{.delivered = outcome.kind == notify::Outcome::Kind::kDelivered,
                               .answer = outcome.answer,
                               .duration_ms = taken.count()};
}

AlertApi::Answer<api::RenderedTemplate> AlertApi::render(std::string text, Caller) {
  auto document = incidents::read_document(text);
  if (!document) co_return Problem{422, document.error().message(), "", 0};
  auto spec = incidents::read_template(*document);
  if (!spec) {
    auto [member, why] = incidents::split_fault(spec.error().message());
    co_return Problem{422, why, member, 0};
  }
  auto zone = model::LocalTime::in("");
  if (!zone) co_return zone.error();
  notify::PluginInfo channel{.name = "preview", .title_en = "", .title_zh = "", .fields = {}};
  channel.most_text = notify::Template::kMostOutput;
  notify::Template::Options options{.zone = *zone, .now = parts_.clock.wall()};
  auto plain = notify::preview(channel, {spec->title, spec->text}, options);
  if (!plain) co_return Problem{422, plain.error().message(), "spec", 0};
  api::RenderedTemplate rendered{.title = plain->title, .text = plain->text, .html = ""};
  if (spec->html.empty()) co_return rendered;
  channel.format = notify::BodyFormat::kHtml;
  auto rich = notify::preview(channel, {spec->title, spec->html}, options);
  if (!rich) co_return Problem{422, rich.error().message(), "spec.html", 0};
  rendered.html = rich->html;
  co_return rendered;
}

}  // namespace holter::app
