#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alert/matcher.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/alert.h"
#include "model/time_window.h"

namespace holter::alert {

/// A route as a user writes it; the words are those of Alertmanager's configuration. What is not set comes from the
/// route above; at the root, from the defaults.
struct RouteSpec {
  std::string matchers;                                    ///< as parse_matchers() reads them; none at the root
  std::optional<std::vector<std::string>> receivers;       ///< names; an empty list: nobody is told
  bool continues = false;                                  ///< `continue`: look at the routes behind it, too
  std::optional<std::vector<std::string>> group_by;        ///< names of labels; "..." alone: all of them; default none
  std::optional<milliseconds> group_wait;                  ///< default 30 s
  std::optional<milliseconds> group_interval;              ///< default 5 min
  std::optional<milliseconds> repeat_interval;             ///< default 4 h
  std::optional<std::vector<std::string>> active_windows;  ///< texts of time windows; an empty list: all the time
  std::optional<std::vector<std::string>> mute_windows;    ///< an empty list: never
  std::vector<RouteSpec> routes;
  bool operator==(const RouteSpec&) const = default;
};

/// A route with everything that it inherits. Frozen.
struct Route {
  std::size_t index = 0;  ///< in its tree, depth first; the root is 0
  /// Its matchers and those above it: `{}/{severity="critical"}`. The same after a restart and when other routes come
  /// and go; of siblings with the same matchers the second ends in "#2".
  std::string key;
  Matchers matchers;
  bool continues = false;
  std::vector<std::string> receivers;
  std::vector<std::string> group_by;  ///< sorted; without meaning when group_by_all
  bool group_by_all = false;
  milliseconds group_wait{30'000};       ///< from the first alert of a group to its first notification
  milliseconds group_interval{300'000};  ///< between two looks at a group
  milliseconds repeat_interval{14'400'000};
  std::vector<model::TimeWindow> active_windows;  ///< notifies only inside one of them; none: all the time
  std::vector<model::TimeWindow> mute_windows;    ///< never notifies inside one of them
  std::vector<std::size_t> routes;                ///< indexes of its children

  /// By its windows, nobody may be told at `t`.
  bool muted_at(WallTime t) const;
  /// The first time after `after` at which muted_at() may change; WallTime::max() when it never does.
  WallTime next_mute_change(WallTime after) const;
};

/// The tree of routes, as Alertmanager's documentation has it: an alert goes down to the deepest routes that match it;
/// of siblings to the first that matches, and to later ones while those before say `continue`. Frozen; any thread.
class RouteTree {
 public:
  static constexpr std::size_t kMostDepth = 8;  ///< with the root
  static constexpr std::size_t kMostRoutes = 1'000;
  static constexpr std::size_t kMostReceivers = 32;  ///< of a route
  static constexpr std::size_t kMostGroupBy = 32;
  static constexpr std::size_t kMostWindows = 32;

  /// `receivers`: those that there are. Errors name the route by its key: kInvalidArgument for matchers or `continue`
  /// at the root, an unknown receiver (with the nearest known one), windows or intervals that make no sense, and above
  /// the bounds; those of parse_matchers() and TimeWindow::parse().
  static Result<RouteTree> compile(const RouteSpec& root, std::span<const std::string> receivers,
                                   expr::RegexPool* pool = nullptr);

  /// The routes that tell of an alert with these labels, at least one, in the order of the tree.
  std::vector<std::shared_ptr<const Route>> match(const model::Labels& labels) const;

  const std::shared_ptr<const Route>& route(std::size_t index) const { return routes_[index]; }
  std::size_t size() const { return routes_.size(); }
  /// nullptr when there is none any more.
  std::shared_ptr<const Route> find(std::string_view key) const;
  /// What it was made of, written anew: matchers, group_by and windows in the form in which this program prints them.
  const RouteSpec& spec() const { return spec_; }
  /// For an account.
  std::size_t held_bytes() const;

 private:
  class Compiler;

  bool match(const Route& route, const model::Labels& labels, std::vector<std::shared_ptr<const Route>>& out) const;

  std::vector<std::shared_ptr<const Route>> routes_;
  RouteSpec spec_;
};

/// The labels by which an alert is grouped on a route; those that it has, sorted. A label with an empty value is none.
model::Labels group_labels(const Route& route, const model::Labels& labels);

}  // namespace holter::alert
