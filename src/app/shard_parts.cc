#include "app/shard_parts.h"

#include <fmt/format.h>

namespace holter::app {
namespace {

collect::Collector::Options collector_options(const define::Config& config) {
  return {.schedule = {.max_in_flight = config.collect.max_in_flight, .max_per_target = config.collect.max_per_target},
          .recorder = {},
          .flush_interval = milliseconds(1000)};
}

}  // namespace

ShardParts::ShardParts(int index, const define::Config& config, const Clock& clock, memory::Account& account,
                       memory::ArrowPool& batches, collect::Recorder::Publish publish)
    : shard(fmt::format("shard-{}", index)),
      scope(shard.executor()),
      resolver({}, shard.executor(), clock, account.child("dns")),
      http({}, shard.executor(), clock, resolver, account.child("http")),
      icmp({.max_in_flight = config.collect.max_in_flight}, shard.executor(), clock, account.child("icmp")),
      collector(collector_options(config),
                {shard.executor(), clock, scope, account.child("answers"), resolver, http, icmp}, account, batches,
                std::move(publish)) {}

}  // namespace holter::app
