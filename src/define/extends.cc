#include "define/extends.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/units.h"
#include "define/placeholder.h"

namespace holter::define {
namespace {

using DefinitionPtr = std::shared_ptr<const model::Definition>;
using Severity = Problem::Severity;

constexpr std::size_t kMaxDepth = 8;

template <class T>
std::vector<T> merged(const std::vector<T>& other, const std::vector<T>& own, std::string T::* name) {
  std::vector<T> out = other;
  for (const auto& entry : own) {
    auto same = std::ranges::find(out, entry.*name, name);
    if (same != out.end())
      *same = entry;
    else
      out.push_back(entry);
  }
  return out;
}

class Resolver {
 public:
  Resolver(const Registry& registry, Problems& problems) : registry_(registry), problems_(problems) {}

  /// The completed definition; null when that cannot be, which has been told then.
  DefinitionPtr complete(const DefinitionPtr& definition) {
    if (definition->extends.empty()) return definition;
    if (auto known = done_.find(definition->app); known != done_.end()) return known->second;
    chain_.push_back(definition->app);
    auto result = extend(*definition);
    chain_.pop_back();
    done_.emplace(definition->app, result);
    return result;
  }

 private:
  DefinitionPtr extend(const model::Definition& own) {
    const auto& name = own.extends;
    if (std::ranges::find(chain_, name) != chain_.end())
      return failed(own, fmt::format("cannot extend '{}': it extends '{}' itself ({} -> {})", excerpt(name), own.app,
                                     fmt::join(chain_, " -> "), name));
    auto other = registry_.find(name);
    if (!other) {
      auto near = nearest_in(name, registry_.apps());
      return failed(own, fmt::format("cannot extend '{}': there is no usable definition of that app{}", excerpt(name),
                                     near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
    }
    other = complete(other);
    if (!other) return failed(own, fmt::format("cannot extend '{}': that definition has errors", excerpt(name)));
    if (depth(*other) >= kMaxDepth)
      return failed(own, fmt::format("cannot extend '{}': at most {} definitions may extend each other", excerpt(name),
                                     kMaxDepth));
    auto out = std::make_shared<model::Definition>(own);
    out->params = merged(other->params, own.params, &model::ParamDef::field);
    out->sets = merged(other->sets, own.sets, &model::SetDef::name);
    if (out->params.size() > kMaxParams || out->sets.size() > kMaxSets)
      return failed(own, fmt::format("cannot extend '{}': together they have {} params and {} sets; at most {} and {} "
                                     "are allowed",
                                     excerpt(name), out->params.size(), out->sets.size(), kMaxParams, kMaxSets));
    if (std::ranges::none_of(out->sets, [](const auto& set) { return set.priority == 0; }))
      return failed(own, "cannot tell UP from DOWN: a set of priority 0 is needed");
    for (const auto& set : own.sets) check_placeholders(*out, set);
    return out;
  }

  /// How many definitions this one extends, one over the other; more than kMaxDepth are not told apart.
  std::size_t depth(const model::Definition& definition) const {
    std::size_t depth = 0;
    auto other = definition.extends.empty() ? nullptr : registry_.find(definition.extends);
    for (; other && depth <= kMaxDepth; ++depth)
      other = other->extends.empty() ? nullptr : registry_.find(other->extends);
    return depth;
  }

  DefinitionPtr failed(const model::Definition& own, std::string message) {
    problems_.add({Severity::kError, own.source, 0, 0, "extends", std::move(message)});
    return nullptr;
  }

  void check_placeholders(const model::Definition& whole, const model::SetDef& set) {
    std::set<std::string> unknown;
    auto check = [&](std::string_view text) {
      for (auto found = find_placeholder(text); found; found = find_placeholder(text, found->end))
        if (std::ranges::find(whole.params, found->name, &model::ParamDef::field) == whole.params.end())
          unknown.emplace(found->name);
    };
    walk(set.block, check);
    for (const auto& alias : set.aliases) check(alias);
    for (const auto& calculate : set.calculates) check(calculate.expression);
    for (const auto& unit : set.units) check(unit.from), check(unit.to);
    for (const auto& filter : set.filters) check(filter);
    for (const auto& name : unknown)
      problems_.add({Severity::kWarning, whole.source, 0, 0, fmt::format("metrics {}", excerpt(set.name)),
                     fmt::format("cannot find the parameter of ^_^{}^_^: it counts as not set", excerpt(name))});
  }

  template <class Check>
  static void walk(const model::Node& node, const Check& check) {
    check(node.text);
    for (const auto& key : node.keys) check(key);
    for (const auto& item : node.items) walk(item, check);
  }

  const Registry& registry_;
  Problems& problems_;
  std::vector<std::string> chain_;  ///< apps being completed, outermost first
  std::map<std::string, DefinitionPtr> done_;
};

}  // namespace

void resolve_extends(Registry& registry, Problems& problems) {
  std::vector<std::pair<std::string, DefinitionPtr>> completed;
  Resolver resolver(registry, problems);
  for (auto app : registry.apps()) {
    auto definition = registry.find(app);
    if (!definition->extends.empty()) completed.emplace_back(app, resolver.complete(definition));
  }
  for (auto& [app, definition] : completed) {
    if (definition)
      registry.add(std::move(definition));
    else
      registry.remove(app);
  }
}

}  // namespace holter::define
