#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/ip_block.h"
#include "define/config.h"
#include "memory/pressure.h"
#include "memory/shares.h"
#include "net/target_policy.h"

namespace holter::app {

// The words of the configuration as the parts want them.

/// What is done when memory is short. Names: define::kMemoryActions, in this order.
enum class Action : std::uint8_t {
  kFlush,          ///< batches are handed on early, and are small
  kShrink,         ///< caches, idle sessions and spare pools are emptied, free pages given back
  kStretch,        ///< monitors of low criticality run less often
  kFewerRounds,    ///< half as many rounds in flight
  kRefuseQueries,  ///< heavy queries are answered with 503
  kAlert,          ///< a built-in alert fires
  kPause,          ///< monitors are paused, low before normal, the largest first
  kRefuseWork,     ///< nothing new is taken on
};
constexpr std::size_t kActions = define::kMemoryActions.size();
std::string_view to_string(Action action);

/// From which level on each action is taken; kLevels: never.
using ActionLevels = std::array<std::uint8_t, kActions>;

ActionLevels action_levels(const define::Config::Memory& memory);
memory::LevelOptions level_options(const define::Config::Memory& memory);
memory::Shares shares(const define::Config::Memory& memory);

/// Puts level and form of the log in force.
void open_log(const define::Config& config);

/// Where the API answers: "https://127.0.0.1:2157".
std::string api_url(const define::Config& config, std::uint16_t port);
/// How browsers find it: server.url, or the same. Without a slash at its end.
std::string page_url(const define::Config& config, std::uint16_t port);
std::string without_slash(std::string url);

/// What probes may reach. `own_port` is the one that the API was bound to; 0: it is not served by this process.
/// `machine`: the addresses of this machine (net::local_addresses()), all of which are its own where it listens on an
/// unspecified one.
net::TargetRules target_rules(const define::Config& config, std::uint16_t own_port,
                              std::span<const IpBlock> machine = {});

/// The budget's least: what the process takes without any monitor, and room to do something.
constexpr std::uint64_t kLeastBudget = 48ULL << 20;

/// The memory budget in bytes: as configured, or a share of `limit`, what machine or container allow. At most `limit`
/// less a quarter, for the history process lives in the same container. Errors: kInvalidArgument, naming the least that
/// works.
Result<std::uint64_t> memory_budget(const define::Config::Memory& memory, std::uint64_t limit);

}  // namespace holter::app
