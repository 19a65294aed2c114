#include <set>

#include <fmt/format.h>

#include "base/log.h"
#include "base/units.h"
#include "incidents/desk.h"
#include "incidents/message.h"
#include "incidents/record_json.h"
#include "notify/message_json.h"

// Who is told: groups that are due, and steps of the escalation.
namespace holter::incidents {

void Desk::send(const alert::Flush& flush) {
  std::vector<IncidentKey> about;
  for (const auto& alert : flush.alerts) about.push_back({alert->fingerprint, alert->starts});
  std::set<std::string_view> told;  // a receiver and a rotation may mean the same
  for (const auto& name : flush.route->receivers) {
    const auto* receiver = receivers_.meant(name, flush.when);
    if (receiver == nullptr) {
      ++stats_.without_receiver;
      log::warning("notify", "cannot tell '{}' of {} alerts: there is no such receiver, or it is disabled", name,
                   flush.alerts.size());
      continue;
    }
    if (!told.insert(receiver->name).second) continue;
    queue(message_of(flush, *receiver, receivers_.find_template(receiver->text_template), parts_.url), *receiver, about,
          flush.when);
  }
  keep_group(flush);
}

void Desk::drop(const ReceiverSpec& receiver, std::string_view why) {
  ++stats_.dropped[receiver.channel];
  log::error("notify", "cannot write to '{}': {}", receiver.name, why);
  parts_.tell("notify.failed", "warning", fmt::format("cannot write to '{}': {}", receiver.name, why));
}

void Desk::queue(Result<notify::Message> message, const ReceiverSpec& receiver, std::vector<IncidentKey> about,
                 WallTime now) {
  if (!message) {
    if (message.error().code() == ErrorCode::kCancelled) return;  // the receiver wants no resolutions
    return drop(receiver, message.error().message());
  }
  auto text = notify::to_json(*message);
  if (!text) return drop(receiver, text.error().message());
  Outgoing outgoing;
  outgoing.entry.key = message->key;
  outgoing.entry.receiver = receiver.name;
  outgoing.entry.channel = receiver.channel;
  outgoing.entry.group = message->group;
  outgoing.entry.title = message->title;
  outgoing.entry.message = std::move(*text);
  outgoing.entry.next = now;
  for (const auto& incident : about) {
    catalog::IncidentEvent event;
    event.kind = catalog::IncidentEventKind::kNotified;
    event.text = fmt::format("queued for '{}' by {}: {}", receiver.name, receiver.channel, message->title);
    if (!book_.note({incident, std::move(event)})) ++stats_.unbooked;
  }
  outgoing.about = std::move(about);
  if (book_.send(std::move(outgoing)))
    ++stats_.notifications;
  else
    drop(receiver, "no memory is left for the notification");
}

void Desk::escalate(WallTime now) {
  while (!steps_.empty() && steps_.begin()->first <= now) {
    auto fingerprint = steps_.begin()->second;
    steps_.erase(steps_.begin());
    auto place = open_.find(fingerprint);
    if (place == open_.end() || !escalation_) continue;
    auto& open = place->second;
    if (open.acknowledged != WallTime()) continue;
    auto step = open.steps++;
    if (auto next = escalation_->next(open.alert->starts, open.steps)) steps_.emplace(*next, fingerprint);
    if (step >= escalation_->steps().size() || muted(*open.alert).any()) continue;
    for (const auto& name : escalation_->steps()[step].receivers) {
      const auto* receiver = receivers_.meant(name, now);
      if (receiver == nullptr) {
        ++stats_.without_receiver;
        continue;
      }
      queue(escalation_message(*open.alert, step + 1, *receiver, receivers_.find_template(receiver->text_template),
                               parts_.url, now),
            *receiver, {open.key()}, now);
    }
  }
}

void Desk::keep_group(const alert::Flush& flush) {
  constexpr auto kTable = catalog::StateTable::kGroups;
  auto record = grouping_.record(flush);
  alert::GroupRecord gone;
  gone.route = flush.route->key;
  gone.labels = flush.group_labels;
  auto key = key_of(record ? *record : gone);
  std::optional<std::string> json;
  if (record) json = to_json(*record);
  if (json && json->size() > catalog::bounds_of(kTable).json_bytes) {
    log::warning("alert", "cannot keep what was told of a group of {} alerts: it is told anew after a restart",
                 record->told.size());
    json = std::nullopt;
  }
  if (!book_.put_state(kTable, std::move(key), std::move(json))) ++stats_.unbooked;
}

}  // namespace holter::incidents
