#include "collect/per_row.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace holter::collect {

PerRow::PerRow(const PluginInfo& plugin, std::string_view app, model::ResolvedSet set, std::vector<std::string> names)
    : plugin_(plugin), app_(app), set_(std::move(set)), names_(std::move(names)) {}

Result<PerRow::Run> PerRow::make(const Variables& variables) const {
  auto set = substitute(set_, variables);
  TRY(auto layout, Layout::make(*set.set, set.aliases, set.calculates, set.units, set.filters));
  TRY(auto probe, plugin_.compile({app_, set.set->name, set.aliases, set.block}));
  Run run{.probe = std::move(probe), .layout = std::make_shared<const Layout>(std::move(layout))};
  run.bytes = run.probe->bytes() + sizeof(Layout) + run.layout->held_bytes();
  return run;
}

bool PerRow::refers_to(const model::SetDef& set) const {
  return std::ranges::any_of(names_, [&set](const std::string& name) {
    return std::ranges::find(set.fields, name, &model::FieldDef::field) != set.fields.end();
  });
}

std::size_t PerRow::bytes() const {
  auto sum = sizeof(*this) + bytes_of(set_);
  for (const auto& name : names_) sum += sizeof(name) + name.capacity();
  return sum;
}

void PerRow::start(Attempt&) {
  CHECK(false);  // it is made into probes first
}

void PerRow::cancel(Attempt&) {
  CHECK(false);
}

}  // namespace holter::collect
