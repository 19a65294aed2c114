// The webhook of Apache SkyWalking's alerting kernel ("Alerting", section Webhook): a list of AlarmMessage.
#include <fmt/format.h>

#include "intake/sources.h"
#include "intake/time.h"

namespace holter::intake {
namespace {

/// "level", by which SkyWalking's own examples name it.
bool is_level(std::string_view tag) {
  return tag == "level" || tag == "severity";
}

Result<Draft> read_message(const json::value& message, milliseconds resolve_timeout) {
  if (!message.is_object())
    return Error(ErrorCode::kInvalidArgument, fmt::format("it is {}, not an object", kind_of(message)));
  Draft draft;
  // Releases that do not tell recovery repeat an alarm after its silence period.
  draft.lasts = resolve_timeout;
  TRY(draft.starts, time_of(message, "startTime"));
  TRY(draft.ends, time_of(message, "recoveryTime"));
  draft.state = draft.ends ? State::kResolved : State::kFiring;
  draft.label("alertname", first_text(message, {"ruleName", "rule"}));
  draft.label("instance", text(message, "name"));
  draft.label("scope", text(message, "scope"));
  if (const auto* tags = member(message, "tags"); tags != nullptr && tags->is_array())
    for (const auto& tag : tags->get_array()) {
      auto name = text(tag, "key"), value = text(tag, "value");
      if (is_level(name))
        draft.severity = value;
      else if (!name.empty())
        draft.label(name, value);
    }
  auto said = text(message, "alarmMessage");
  draft.annotate("summary", said);
  draft.annotate("description", said);
  draft.annotate("entity_id", text(message, "id0"));
  draft.annotate("destination_id", text(message, "id1"));
  draft.annotate("expression", text(message, "expression"));
  return draft;
}

}  // namespace

Status read_skywalking(const Body& body, Taker& taker) {
  const auto* messages = body.value.if_array();
  if (messages == nullptr) return not_of_form(fmt::format("it is {}, not a list", kind_of(body.value)));
  for (std::size_t i = 0; i < messages->size(); ++i)
    TRY_OK(taker.take(fmt::format("[{}]", i), read_message((*messages)[i], taker.options().resolve_timeout)));
  return {};
}

}  // namespace holter::intake
