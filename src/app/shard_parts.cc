#include "app/shard_parts.h"

#include <algorithm>

#include <fmt/format.h>

namespace holter::app {
namespace {

collect::Collector::Options collector_options(const define::Config& config) {
  const auto& c = config.collect;
  return {.schedule = {.max_in_flight = c.max_in_flight,
                       .min_in_flight = c.min_in_flight,
                       .max_per_target = c.max_per_target,
                       .queue_capacity = c.queue_capacity},
          .recorder = {},
          .flush_interval = milliseconds(1000)};
}

/// As many as the scheduler lets run, each of which is a sixteenth of a place.
std::size_t most_pings_in_flight(const define::Config& config) {
  return std::min<std::size_t>(config.collect.max_in_flight * 16, 32'768);
}

}  // namespace

ShardParts::ShardParts(int index, const define::Config& config, const Clock& clock, memory::Budget& ledger,
                       memory::ArrowPool& batches, net::KnownHosts& known_hosts, const collect::Pushes& pushes,
                       collect::Recorder::Publish publish)
    : shard(fmt::format("shard-{}", index)),
      scope(shard.executor()),
      resolver({}, shard.executor(), clock, ledger.account("collect/dns")),
      http({}, shard.executor(), clock, resolver, ledger.account("collect/http")),
      icmp({.max_in_flight = most_pings_in_flight(config)}, shard.executor(), clock, ledger.account("collect/icmp")),
      collector(collector_options(config),
                {shard.executor(), clock, scope, ledger.account("collect/answers"), resolver, http, icmp, objects,
                 &ledger.account("critical/rounds"), &known_hosts, &ledger.account("collect/ssh"), config.script.allow,
                 &pushes},
                ledger.account("collect"), batches, std::move(publish)) {}

}  // namespace holter::app
