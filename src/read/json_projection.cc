#include "read/json_projection.h"

#include <algorithm>

namespace holter::read {
namespace {

/// By length first: most names are told apart without looking at their bytes.
bool before(const std::pair<std::string, std::int32_t>& entry, std::string_view name) {
  return entry.first.size() != name.size() ? entry.first.size() < name.size() : entry.first < name;
}

}  // namespace

std::int32_t JsonProjection::inside(std::int32_t place, const std::string_view* name) const {
  if (place < 0) return place;
  if (name == nullptr) return kSkip;  // names lead to members only
  const auto& names = places_[static_cast<std::size_t>(place)].names;
  auto found = std::lower_bound(names.begin(), names.end(), *name, before);
  if (found == names.end() || found->first != *name) return kSkip;
  return places_[static_cast<std::size_t>(found->second)].all ? kAll : found->second;
}

std::int32_t JsonProjection::add(std::string_view name, std::int32_t place) {
  if (place == kAll) return kAll;
  auto& names = places_[static_cast<std::size_t>(place)].names;
  auto found = std::lower_bound(names.begin(), names.end(), name, before);
  if (found != names.end() && found->first == name) return found->second;
  const auto added = static_cast<std::int32_t>(places_.size());
  names.insert(found, {std::string(name), added});
  places_.emplace_back();
  return added;
}

std::int32_t JsonProjection::add(const JsonSteps& steps, std::size_t first, std::int32_t place) {
  for (std::size_t i = first; i < steps.steps.size(); ++i) {
    const JsonStep& step = steps.steps[i];
    if (step.kind == JsonStep::Kind::kNames && !step.deep && step.names.size() == 1) {
      place = add(step.names.front(), place);
      continue;
    }
    if (step.kind == JsonStep::Kind::kFilter && step.filter->needs_root) place = 0;
    add_all(place);
    return kAll;
  }
  if (steps.function == JsonFunction::kNone) return place;
  add_all(place);
  return kAll;
}

void JsonProjection::add(const JsonFilter& filter, std::int32_t place) {
  for (const auto& part : filter.parts) add(part, place);
  for (const JsonOperand* operand : {&filter.left, &filter.right}) {
    if (operand->kind != JsonOperand::Kind::kPath) continue;
    const std::int32_t end = add(operand->path, 0, operand->path.from_root ? 0 : place);
    (void)end;  // a scalar at the end is kept as it is; more of it is not looked at
  }
}

}  // namespace holter::read
