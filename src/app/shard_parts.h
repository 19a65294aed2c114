#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "collect/collector.h"
#include "define/config.h"
#include "memory/account.h"
#include "memory/arrow_pool.h"
#include "net/http.h"
#include "net/icmp.h"
#include "net/known_hosts.h"
#include "net/resolver.h"
#include "runtime/shard.h"
#include "runtime/task_scope.h"

namespace holter::app {

/// What lives on one collecting shard, in the order of construction. Destroyed after the shard's thread has stopped.
struct ShardParts {
  ShardParts(int index, const define::Config& config, const Clock& clock, memory::Budget& ledger,
             memory::ArrowPool& batches, net::KnownHosts& known_hosts, const collect::Pushes& pushes,
             collect::Recorder::Publish publish);

  runtime::Shard shard;
  runtime::TaskScope scope;
  net::Resolver resolver;
  net::HttpClient http;
  net::IcmpEngine icmp;
  collect::ShardObjects objects;
  collect::Collector collector;
};

}  // namespace holter::app
