#include <algorithm>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include "base/rfc3339.h"
#include "base/units.h"
#include "incidents/documents.h"
#include "incidents/spec_reader.h"

// Documents that name people: receivers and rotations.
namespace holter::incidents {
namespace json = boost::json;

namespace {

std::optional<notify::Language> parse_language(std::string_view word) {
  if (word == "en") return notify::Language::kEnglish;
  if (word == "zh") return notify::Language::kChinese;
  return std::nullopt;
}

constexpr std::string_view kDays[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};
std::optional<std::chrono::weekday> parse_day(std::string_view word) {
  auto found = std::ranges::find(kDays, word);
  if (found == std::end(kDays)) return std::nullopt;
  return std::chrono::weekday(static_cast<unsigned>(found - std::begin(kDays)));
}

/// {"set": true}: the secret that is stored.
bool means_stored(const json::value& value) {
  if (!value.is_object()) return false;
  const auto* set = value.as_object().if_contains("set");
  return set != nullptr && set->is_bool() && set->as_bool() && value.as_object().size() == 1;
}

Status read_settings(const json::object* object, const notify::PluginInfo& channel, ReceiverSpec& receiver) {
  if (object == nullptr) return {};
  for (const auto& member : *object) {
    std::string name(member.key());
    const auto& value = member.value();
    auto field = std::ranges::find(channel.fields, name, &notify::Field::name);
    if (field == channel.fields.end())
      return fault("spec.settings." + excerpt(name), fmt::format("the channel {} has no such setting", channel.name));
    if (field->type == notify::Field::Type::kPassword && means_stored(value)) {
      receiver.kept.push_back(std::move(name));
      continue;
    }
    if (value.is_bool())
      receiver.settings[name] = value.as_bool() ? "true" : "false";
    else if (value.is_number())
      receiver.settings[name] = json::serialize(value);
    else if (value.is_string())
      receiver.settings[name] = std::string(value.as_string());
    else
      return fault("spec.settings." + name, "a text is needed");
  }
  return {};
}

/// "09:00"
Result<std::chrono::minutes> read_clock(std::string_view text, std::string_view member) {
  auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : -100; };
  if (text.size() == 5 && text[2] == ':') {
    int hours = digit(0) * 10 + digit(1), minutes = digit(3) * 10 + digit(4);
    if (hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60) return std::chrono::minutes(hours * 60 + minutes);
  }
  return fault(member, fmt::format("cannot read the time '{}': like 09:00", excerpt(text)));
}

}  // namespace

Result<ReceiverSpec> read_receiver(const Document& document) {
  SpecReader in(document.spec, "spec",
                {"channel", "settings", "language", "timezone", "template", "send_resolved", "rate"});
  ReceiverSpec receiver;
  receiver.name = document.name;
  receiver.enabled = document.enabled;
  receiver.channel = in.text("channel");
  receiver.language = in.word("language", receiver.language, parse_language, "en, zh");
  receiver.zone = in.text("timezone");
  receiver.text_template = in.text("template");
  receiver.send_resolved = in.boolean("send_resolved", true);
  receiver.per_minute = static_cast<unsigned>(in.number("rate", receiver.per_minute, 1, 600));
  const auto* settings = in.object("settings");
  TRY_OK(in.status());
  const auto* channel = notify::find_plugin(receiver.channel);
  if (channel == nullptr) {
    std::vector<std::string_view> names;
    for (auto factory : notify::all_plugins()) names.push_back(factory().name);
    auto near = nearest_in(receiver.channel, names);
    return fault("spec.channel", fmt::format("there is no channel '{}'{}", excerpt(receiver.channel),
                                             near.empty() ? "" : fmt::format("; '{}'?", near)));
  }
  TRY_OK(read_settings(settings, *channel, receiver));
  return receiver;
}

json::object write_receiver(const ReceiverSpec& receiver, bool shown) {
  json::object out{{"channel", receiver.channel}};
  json::object settings;
  const auto* channel = notify::find_plugin(receiver.channel);
  for (const auto& [name, value] : receiver.settings) {
    auto secret = channel != nullptr && std::ranges::any_of(channel->fields, [&](const notify::Field& field) {
                    return field.name == name && field.type == notify::Field::Type::kPassword;
                  });
    if (secret && shown)
      settings.emplace(name, json::object{{"set", true}});
    else
      settings.emplace(name, value);
  }
  if (!settings.empty()) out.emplace("settings", std::move(settings));
  if (receiver.language == notify::Language::kChinese) out.emplace("language", "zh");
  if (!receiver.zone.empty()) out.emplace("timezone", receiver.zone);
  if (!receiver.text_template.empty()) out.emplace("template", receiver.text_template);
  if (!receiver.send_resolved) out.emplace("send_resolved", false);
  if (receiver.per_minute != 60) out.emplace("rate", receiver.per_minute);
  return out;
}

Result<notify::Rotation::Options> read_rotation(const Document& document) {
  SpecReader in(document.spec, "spec", {"receivers", "day", "time", "timezone", "first_week"});
  notify::Rotation::Options options;
  options.receivers = in.list("receivers");
  options.day =
      in.word("day", options.day, parse_day, "monday, tuesday, wednesday, thursday, friday, saturday, sunday");
  auto clock = in.text("time", "09:00");
  options.zone = in.text("timezone");
  auto first = in.text("first_week");
  TRY_OK(in.status());
  TRY(options.time, read_clock(clock, "spec.time"));
  auto day = parse_rfc3339(first + "T00:00:00Z");
  if (!first.empty() && !day)
    return fault("spec.first_week", fmt::format("cannot read the day '{}': like 2026-11-24", excerpt(first)));
  if (day) options.first_week = std::chrono::local_days(std::chrono::floor<std::chrono::days>(*day).time_since_epoch());
  if (auto made = notify::Rotation::make(options); !made) return fault("spec", made.error().message());
  return options;
}

}  // namespace holter::incidents
