#include "incidents/receivers.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/units.h"
#include "catalog/sealed_values.h"
#include "incidents/spec_reader.h"

namespace holter::incidents {
namespace {

template <class Map>
void erase_id(Map& map, std::uint64_t id, auto id_of) {
  std::erase_if(map, [&](const auto& entry) { return id_of(entry.second) == id; });
}

}  // namespace

std::string Receivers::context(std::uint64_t id, std::string_view field) {
  return fmt::format("receiver {} {}", id, field);
}

Status Receivers::check(const ReceiverSpec& receiver) const {
  const auto* channel = notify::find_plugin(receiver.channel);
  CHECK(channel != nullptr);  // read_receiver() has looked
  if (channel->name == "exec" && !exec_allowed_)
    return Error(ErrorCode::kForbidden,
                 "spec.channel: commands of this machine are not allowed: set notify.allow_exec in the configuration");
  if (rotations_.contains(receiver.name))
    return Error(ErrorCode::kConflict, fmt::format("there is a rotation of the name '{}'", excerpt(receiver.name)));
  if (!receiver.text_template.empty() && find_template(receiver.text_template) == nullptr)
    return fault("spec.template", fmt::format("there is no template '{}'", excerpt(receiver.text_template)));
  if (auto zone = model::LocalTime::in(receiver.zone); !zone) return fault("spec.timezone", zone.error().message());
  // Secrets count as given, whatever they are.
  auto settings = receiver.settings;
  for (const auto& field : receiver.kept) settings.emplace(field, "kept");
  if (auto good = notify::check_settings(*channel, settings); !good)
    return fault("spec.settings", good.error().message());
  return {};
}

Status Receivers::set(std::uint64_t id, ReceiverSpec receiver) {
  TRY_OK(check(receiver));
  remove(id);
  auto name = receiver.name;
  receivers_.insert_or_assign(std::move(name), Named{id, std::move(receiver)});
  return {};
}
void Receivers::remove(std::uint64_t id) {
  erase_id(receivers_, id, [](const Named& named) { return named.id; });
}
Status Receivers::set_rotation(std::uint64_t id, std::string name, notify::Rotation rotation) {
  if (receivers_.contains(name))
    return Error(ErrorCode::kConflict, fmt::format("there is a receiver of the name '{}'", excerpt(name)));
  remove_rotation(id);
  rotations_.insert_or_assign(std::move(name), std::pair(id, std::move(rotation)));
  return {};
}
void Receivers::remove_rotation(std::uint64_t id) {
  erase_id(rotations_, id, [](const auto& named) { return named.first; });
}
void Receivers::set_template(std::uint64_t id, std::string name, TemplateSpec spec) {
  remove_template(id);
  templates_.insert_or_assign(std::move(name), std::pair(id, std::move(spec)));
}
void Receivers::remove_template(std::uint64_t id) {
  erase_id(templates_, id, [](const auto& named) { return named.first; });
}

const ReceiverSpec* Receivers::find(std::string_view name) const {
  auto found = receivers_.find(name);
  return found == receivers_.end() ? nullptr : &found->second.spec;
}
const TemplateSpec* Receivers::find_template(std::string_view name) const {
  auto found = templates_.find(name);
  return found == templates_.end() ? nullptr : &found->second.second;
}
std::vector<std::string> Receivers::names() const {
  std::vector<std::string> names;
  for (const auto& [name, receiver] : receivers_) names.push_back(name);
  for (const auto& [name, rotation] : rotations_) names.push_back(name);
  return names;
}
std::string Receivers::rotation_with(std::string_view receiver) const {
  for (const auto& [name, rotation] : rotations_)
    if (std::ranges::find(rotation.second.receivers(), receiver) != rotation.second.receivers().end())
      return fmt::format("the rotation '{}' needs it", name);
  return "";
}
const ReceiverSpec* Receivers::meant(std::string_view name, WallTime now) const {
  auto rotation = rotations_.find(name);
  const auto* receiver = find(rotation == rotations_.end() ? name : rotation->second.second.on_call(now));
  return receiver != nullptr && receiver->enabled ? receiver : nullptr;
}

Result<notify::OpenReceiver> Receivers::open(std::uint64_t id, const ReceiverSpec& receiver) const {
  const auto* channel = notify::find_plugin(receiver.channel);
  if (channel == nullptr)
    return Error(ErrorCode::kInvalidArgument, fmt::format("there is no channel '{}'", excerpt(receiver.channel)));
  auto settings = receiver.settings;
  for (auto& [field, value] : settings) {
    if (!catalog::is_sealed_text(value)) continue;
    TRY(auto secret, keyring_.open(std::string_view(value).substr(catalog::kSealedPrefix.size()), context(id, field)));
    value = std::string(secret.view());
  }
  TRY(auto checked, notify::check_settings(*channel, settings));
  if (channel->name == "exec") checked.set("allowed", exec_allowed_ ? "true" : "false");
  return notify::OpenReceiver{channel, std::move(checked), receiver.per_minute};
}

const notify::PluginInfo* Receivers::channel_of(std::string_view receiver) const {
  const auto* found = find(receiver);
  return found == nullptr ? nullptr : notify::find_plugin(found->channel);
}
Result<notify::OpenReceiver> Receivers::open(std::string_view receiver) const {
  auto found = receivers_.find(receiver);
  if (found == receivers_.end())
    return Error(ErrorCode::kNotFound, fmt::format("there is no receiver '{}' any more", excerpt(receiver)));
  return open(found->second.id, found->second.spec);
}

}  // namespace holter::incidents
