#include "collect/job.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/units.h"
#include "collect/expand.h"
#include "collect/per_row.h"

namespace holter::collect {

static_assert(sizeof(MonitorJob) <= 128 && sizeof(SetPlan) <= 64);  // size classes of malloc

namespace {

/// What the loader could not see, since parameters stand in it.
void tell_defects(const model::ResolvedSet& set, const Layout& layout) {
  if (set.calculates == set.set->calculates && std::ranges::equal(set.aliases, set.set->aliases)) return;
  static log::Repeats repeats;
  for (const auto& field : layout.fields()) {
    if (field.defect.empty()) continue;
    if (auto n = repeats.count())
      log::warning("collect", "cannot compute the field '{}' of set {} with a monitor's parameters: {} (repeat {})",
                   field.name, set.set->name, field.defect, n);
  }
}

}  // namespace

MonitorJob::MonitorJob(const model::Monitor& monitor, const Spec& spec, std::vector<SetPlan> plans)
    : Job(spec),
      refers_(std::ranges::any_of(plans, [](const SetPlan& plan) { return plan.probe->per_row() != nullptr; })),
      monitor_(monitor),
      sets(std::move(plans)) {}

std::size_t MonitorJob::bytes() const {
  auto total = sizeof(*this) + sets.capacity() * sizeof(SetPlan);
  for (const auto& plan : sets) total += plan.probe->bytes() + plan.layout->own_bytes();
  return total + series_.load(std::memory_order_relaxed) * SeriesIndex::kEntryBytes;
}

JobFactory::JobFactory() {
  for (auto factory : all_plugins()) plugins_.push_back(&factory());
}

Result<std::shared_ptr<const Layout>> JobFactory::layout_of(const model::ResolvedSet& set) {
  auto& variants = layouts_[set.set];
  auto same = [&set](const Variant& variant) {
    return std::ranges::equal(variant.layout->aliases(), set.aliases) && variant.calculates == set.calculates &&
           variant.units == set.units && variant.filters == set.filters;
  };
  auto found = std::ranges::find_if(variants, same);
  if (found != variants.end()) return found->layout;
  TRY(auto layout, Layout::make(*set.set, set.aliases, set.calculates, set.units, set.filters));
  tell_defects(set, layout);
  if (variants.size() >= kMostVariants) layout.set_own();
  auto shared = std::make_shared<const Layout>(std::move(layout));
  if (variants.size() < kMostVariants) variants.push_back({set.calculates, set.units, set.filters, shared});
  return shared;
}

Result<SetPlan> JobFactory::plan_of(const model::Monitor& monitor, const model::ResolvedSet& set,
                                    const PluginInfo& plugin) {
  if (auto names = references(set); !names.empty()) {
    std::vector<Layout::Field> fields;
    for (const auto& field : set.set->fields)
      fields.push_back({.name = field.field, .number = field.type == model::FieldType::kNumber, .label = field.label});
    return SetPlan{.probe = std::make_unique<PerRow>(plugin, monitor.definition->app, set, std::move(names)),
                   .layout = std::make_shared<const Layout>(Layout::of(std::move(fields))),
                   .def = set.set};
  }
  auto& of_set = of_sets_.try_emplace(set.set, SharedParts::Counts::kNobody).first->second;
  auto probe = plugin.compile({.app = monitor.definition->app,
                               .set = set.set->name,
                               .aliases = set.aliases,
                               .block = set.block,
                               .of_monitor = &of_monitor_,
                               .of_set = &of_set});
  if (!probe) return std::move(probe).error().with_context(fmt::format("set {}", set.set->name));
  TRY(auto layout, layout_of(set));
  return SetPlan{.probe = std::move(*probe), .layout = std::move(layout), .def = set.set};
}

Result<std::unique_ptr<MonitorJob>> JobFactory::make(const model::Monitor& monitor,
                                                     std::span<const model::ResolvedSet> sets) {
  of_monitor_.clear();
  std::vector<SetPlan> plans;
  plans.reserve(sets.size());
  schedule::Job::Spec spec{.hash = monitor.id.value,
                           .interval = monitor.interval,
                           .criticality = monitor.criticality,
                           .paused = monitor.paused,
                           .exact = monitor.cron != nullptr};
  for (const auto& set : sets) {
    const PluginInfo* plugin = find_plugin(set.set->protocol);
    if (plugin == nullptr && set.set->priority > 0) continue;  // the loader has warned; the others are of use
    if (plugin == nullptr)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot watch {}: this version has no protocol '{}', which tells UP from DOWN (set {})",
                               monitor.definition->app, excerpt(set.set->protocol), set.set->name));
    TRY(auto plan, plan_of(monitor, set, *plugin));
    spec.weight = plans.empty() ? plugin->weight : std::max(spec.weight, plugin->weight);
    if (spec.target == 0 && plan.probe->per_row() == nullptr) {
      spec.target = stable_hash(plan.probe->target());
      spec.protocol = static_cast<std::uint8_t>(std::ranges::find(plugins_, plugin) - plugins_.begin());
    }
    // A set with a shorter interval of its own sets the pace; the others are due less often (Collector::is_due()).
    if (set.set->interval.count() > 0 && !spec.exact)
      spec.interval = std::min<nanoseconds>(spec.interval, set.set->interval);
    plans.push_back(std::move(plan));
  }
  // Sets of one priority keep the order of the definition, whose sets lie in one array.
  std::ranges::sort(plans, {}, [](const SetPlan& plan) { return std::pair(plan.def->priority, plan.def); });
  return std::make_unique<MonitorJob>(monitor, spec, std::move(plans));
}

}  // namespace holter::collect
