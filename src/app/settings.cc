#include "app/settings.h"

#include <algorithm>

#include <fmt/format.h>

#include "api/listen.h"
#include "base/check.h"
#include "base/ip_block.h"
#include "base/log.h"
#include "base/units.h"

namespace holter::app {
namespace {

constexpr std::uint64_t kMostDefaultBudget = 512ULL << 20;

}  // namespace

std::string_view to_string(Action action) {
  return define::kMemoryActions[static_cast<std::size_t>(action)];
}

void open_log(const define::Config& config) {
  auto level = config.log_level == "debug"     ? log::Level::kDebug
               : config.log_level == "warning" ? log::Level::kWarning
               : config.log_level == "error"   ? log::Level::kError
                                               : log::Level::kInfo;
  auto format = config.log_format == "json"     ? log::Format::kJson
                : config.log_format == "logfmt" ? log::Format::kLogfmt
                                                : log::Format::kText;
  log::open(level, format);
}

ActionLevels action_levels(const define::Config::Memory& memory) {
  ActionLevels levels;
  levels.fill(memory::kLevels);
  const std::vector<std::string>* lists[] = {&memory.actions.elevated, &memory.actions.high, &memory.actions.critical,
                                             &memory.actions.emergency};
  for (std::uint8_t level = 1; level < memory::kLevels; ++level)
    for (const auto& name : *lists[level - 1]) {
      auto at = std::ranges::find(define::kMemoryActions, name) - define::kMemoryActions.begin();
      auto& from = levels[static_cast<std::size_t>(at)];
      from = std::min(from, level);
    }
  return levels;
}

memory::LevelOptions level_options(const define::Config::Memory& memory) {
  const auto& l = memory.levels;
  return {
      .from = {0, l.elevated, l.high, l.critical, l.emergency}, .hysteresis = memory.hysteresis, .dwell = memory.dwell};
}

memory::Shares shares(const define::Config::Memory& memory) {
  const auto& s = memory.shares;
  memory::Shares shares{.percent = {s.monitors, s.collect, s.critical, s.latest, s.batches, s.history, s.api}};
  for (auto& percent : shares.percent) percent *= 100;
  return shares;
}

std::string api_url(const define::Config& config, std::uint16_t port) {
  const auto& server = config.server;
  return fmt::format("{}://{}:{}", server.tls.certificate.empty() ? "http" : "https",
                     server.listen.substr(0, server.listen.rfind(':')), port);
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::string page_url(const define::Config& config, std::uint16_t port) {
  return config.server.url.empty() ? api_url(config, port) : without_slash(config.server.url);
}

net::TargetRules target_rules(const define::Config& config, std::uint16_t own_port, std::span<const IpBlock> machine) {
  auto rules = net::TargetPolicy::parse(config.network.forbidden, config.network.allowed);
  CHECK(rules.has_value());  // the configuration was checked when it was read
  if (own_port == 0) return std::move(*rules);
  const auto& listen = config.server.listen;
  auto host = listen.substr(0, listen.rfind(':'));
  // Linux takes a connection to an unspecified address for one to loopback.
  for (const std::string& own :
       {host == "localhost" ? "127.0.0.1" : host, std::string("0.0.0.0"), std::string("[::]")}) {
    auto block = parse_ip_block(fmt::format("{}:{}", own, own_port));
    CHECK(block.has_value());  // the server listens there
    rules->own.push_back(*block);
  }
  // [::] takes connections to IPv4 addresses, too; 0.0.0.0 none to IPv6 ones.
  auto endpoint = api::parse_listen(listen);
  CHECK(endpoint.has_value());
  if (!endpoint->address().is_unspecified()) return std::move(*rules);
  for (auto block : machine) {
    if (endpoint->address().is_v4() && !is_ipv4(block.address)) continue;
    block.port = own_port;
    rules->own.push_back(block);
  }
  return std::move(*rules);
}

Result<std::uint64_t> memory_budget(const define::Config::Memory& memory, std::uint64_t limit) {
  auto budget = memory.budget;
  auto wanted = budget != 0 ? format_size(budget) : std::string("the default");
  if (budget == 0 && memory.budget_share > 0) {
    budget = static_cast<std::uint64_t>(static_cast<double>(limit) * memory.budget_share);
    wanted = fmt::format("{:g} % of {}", memory.budget_share * 100, format_size(limit));
  } else if (budget == 0) {
    budget = std::min(limit / 2, kMostDefaultBudget);
  }
  budget = std::min(budget, limit - limit / 4);
  if (budget < kLeastBudget)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot run in {} (memory.budget: {}; machine or container: {}): at least {} are needed",
                             format_size(budget), wanted, format_size(limit), format_size(kLeastBudget)));
  return budget;
}

}  // namespace holter::app
