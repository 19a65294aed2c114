#include "alert/route.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::alert {
namespace {

constexpr milliseconds kLongest = std::chrono::hours(24 * 3650);
constexpr std::size_t kMostName = 256;  // bytes of a label's or receiver's name

Error wrong(const Route& route, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot use route {}: {}", excerpt(route.key), why)};
}

/// What a child takes over; matchers, receivers' place in the tree and `continue` are its own.
Route inherit(const Route& parent) {
  Route route = parent;
  route.matchers.clear();
  route.continues = false;
  route.routes.clear();
  return route;
}

Status set_interval(Route& route, const std::optional<milliseconds>& given, milliseconds least, std::string_view name,
                    milliseconds& out) {
  if (!given) return {};
  if (*given < least || *given > kLongest)
    return wrong(route, fmt::format("{} is {}; it must be from {} to {}", name, format_duration(*given),
                                    format_duration(least), format_duration(kLongest)));
  out = *given;
  return {};
}

Status set_windows(Route& route, std::optional<std::vector<std::string>>& given, std::string_view name,
                   std::vector<model::TimeWindow>& out) {
  if (!given) return {};
  if (given->size() > RouteTree::kMostWindows)
    return wrong(route, fmt::format("it has more than {} {}", RouteTree::kMostWindows, name));
  out.clear();
  for (auto& text : *given) {
    auto window = model::TimeWindow::parse(text);
    if (!window) return Error(window.error().code(), wrong(route, window.error().message()).message());
    text = to_string(*window);
    out.push_back(std::move(*window));
  }
  return {};
}

Status set_group_by(Route& route, std::optional<std::vector<std::string>>& given) {
  if (!given) return {};
  if (given->size() > RouteTree::kMostGroupBy)
    return wrong(route, fmt::format("it groups by more than {} labels", RouteTree::kMostGroupBy));
  std::ranges::sort(*given);
  if (std::ranges::adjacent_find(*given) != given->end()) return wrong(route, "it groups by the same label twice");
  route.group_by_all = std::ranges::find(*given, "...") != given->end();
  if (route.group_by_all && given->size() > 1)
    return wrong(route, "it groups by ... (all labels), and so by no others");
  for (const auto& name : *given)
    if (name.empty() || name.size() > kMostName)
      return wrong(route, "it groups by a label without a name, or a long one");
  route.group_by = *given;
  return {};
}

Status set_receivers(Route& route, const std::optional<std::vector<std::string>>& given,
                     std::span<const std::string> known) {
  if (!given) return {};
  if (given->size() > RouteTree::kMostReceivers)
    return wrong(route, fmt::format("it has more than {} receivers", RouteTree::kMostReceivers));
  for (const auto& name : *given) {
    if (std::ranges::count(*given, name) > 1)
      return wrong(route, fmt::format("receiver '{}' stands in it twice", excerpt(name)));
    if (std::ranges::find(known, name) != known.end()) continue;
    auto near = nearest_in(name, known);
    return wrong(route, fmt::format("receiver '{}' is not known{}", excerpt(name),
                                    near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
  }
  route.receivers = *given;
  return {};
}

}  // namespace

class RouteTree::Compiler {
 public:
  Compiler(std::span<const std::string> receivers, expr::RegexPool* pool) : receivers_(receivers), pool_(pool) {}

  /// Compiles `spec` and all below it; `number`: how many siblings with the same matchers stand before it. What is
  /// written otherwise than printed is rewritten.
  Result<std::size_t> add(RouteSpec& spec, const Route* parent, std::size_t number, std::size_t depth) {
    Route route = parent == nullptr ? Route() : inherit(*parent);
    route.index = routes_.size();
    if (depth > kMostDepth) return wrong(*parent, fmt::format("routes below it are deeper than {}", kMostDepth));
    if (routes_.size() == kMostRoutes)
      return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use more than {} routes", kMostRoutes));
    TRY_OK(set_matchers(route, spec, parent, number));
    TRY_OK(set_receivers(route, spec.receivers, receivers_));
    TRY_OK(set_group_by(route, spec.group_by));
    TRY_OK(set_interval(route, spec.group_wait, milliseconds(0), "group_wait", route.group_wait));
    TRY_OK(set_interval(route, spec.group_interval, seconds(1), "group_interval", route.group_interval));
    TRY_OK(set_interval(route, spec.repeat_interval, seconds(1), "repeat_interval", route.repeat_interval));
    TRY_OK(set_windows(route, spec.active_windows, "active windows", route.active_windows));
    TRY_OK(set_windows(route, spec.mute_windows, "mute windows", route.mute_windows));
    route.continues = spec.continues;

    auto kept = std::make_shared<Route>(std::move(route));
    routes_.push_back(kept);
    std::vector<std::string> seen;  // matchers of the children before
    for (auto& child : spec.routes) {
      TRY_OK(rewrite_matchers(child));
      const auto before = static_cast<std::size_t>(std::ranges::count(seen, child.matchers));
      TRY(auto index, add(child, kept.get(), before, depth + 1));
      seen.push_back(child.matchers);
      kept->routes.push_back(index);
    }
    return kept->index;
  }

  /// So that siblings are told apart by what they match, however it is written.
  Status rewrite_matchers(RouteSpec& spec) {
    auto matchers = parse_matchers(spec.matchers, pool_);
    if (!matchers) return std::move(matchers).error().with_context("cannot use a route");
    spec.matchers = to_string(std::span<const Matcher>(*matchers));
    return {};
  }

  std::vector<std::shared_ptr<const Route>> take() { return std::move(routes_); }

 private:
  Status set_matchers(Route& route, const RouteSpec& spec, const Route* parent, std::size_t number) {
    TRY(route.matchers, parse_matchers(spec.matchers, pool_));
    route.key = to_string(std::span<const Matcher>(route.matchers));
    if (parent != nullptr) route.key.insert(0, parent->key + "/");
    if (number > 0) route.key += fmt::format("#{}", number + 1);
    if (parent == nullptr && !route.matchers.empty()) return wrong(route, "the root must match all alerts");
    if (parent == nullptr && spec.continues) return wrong(route, "there is nothing behind the root to continue with");
    return {};
  }

  const std::span<const std::string> receivers_;
  expr::RegexPool* const pool_;
  std::vector<std::shared_ptr<const Route>> routes_;
};

bool Route::muted_at(WallTime t) const {
  return model::any_contains(mute_windows, t) || (!active_windows.empty() && !model::any_contains(active_windows, t));
}

WallTime Route::next_mute_change(WallTime after) const {
  return std::min(model::next_change(mute_windows, after), model::next_change(active_windows, after));
}

Result<RouteTree> RouteTree::compile(const RouteSpec& root, std::span<const std::string> receivers,
                                     expr::RegexPool* pool) {
  RouteTree tree;
  tree.spec_ = root;
  Compiler compiler(receivers, pool);
  TRY_OK(compiler.rewrite_matchers(tree.spec_));
  TRY_OK(compiler.add(tree.spec_, nullptr, 0, 1));
  tree.routes_ = compiler.take();
  return tree;
}

bool RouteTree::match(const Route& route, const model::Labels& labels,
                      std::vector<std::shared_ptr<const Route>>& out) const {
  if (!matches(route.matchers, labels)) return false;
  bool deeper = false;
  for (auto index : route.routes) {
    const auto& child = *routes_[index];
    if (!match(child, labels, out)) continue;
    deeper = true;
    if (!child.continues) break;
  }
  if (!deeper) out.push_back(routes_[route.index]);
  return true;
}

std::vector<std::shared_ptr<const Route>> RouteTree::match(const model::Labels& labels) const {
  std::vector<std::shared_ptr<const Route>> out;
  match(*routes_[0], labels, out);
  return out;
}

std::shared_ptr<const Route> RouteTree::find(std::string_view key) const {
  auto found = std::ranges::find_if(routes_, [&](const auto& route) { return route->key == key; });
  return found == routes_.end() ? nullptr : *found;
}

std::size_t RouteTree::held_bytes() const {
  std::size_t bytes = sizeof(*this);
  for (const auto& route : routes_) {
    // Once as a route, once as what it was made of.
    bytes += sizeof(Route) + sizeof(RouteSpec) + 2 * (route->key.capacity() + alert::held_bytes(route->matchers));
    for (const auto* names : {&route->receivers, &route->group_by})
      for (const auto& name : *names) bytes += 2 * (sizeof(name) + name.capacity());
    bytes += (route->active_windows.size() + route->mute_windows.size()) * 4 * sizeof(model::TimeWindow);
  }
  return bytes;
}

model::Labels group_labels(const Route& route, const model::Labels& labels) {
  model::Labels out;
  for (const auto& label : labels)
    if (!label.second.empty() && (route.group_by_all || std::ranges::binary_search(route.group_by, label.first)))
      out.push_back(label);
  return out;
}

}  // namespace holter::alert
