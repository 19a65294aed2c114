#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>

#include "collect/attempt.h"
#include "net/http.h"
#include "net/icmp.h"
#include "net/resolver.h"
#include "runtime/task_scope.h"

namespace holter::testing {

/// A shard's services for fuzzers of answers, which need only the account.
struct ReplayWorld {
  boost::asio::io_context context{1};
  SystemClock clock;
  memory::Account account{"fuzz", nullptr, 64 << 20};
  runtime::TaskScope scope{context.get_executor()};
  net::Resolver resolver{{}, context.get_executor(), clock, account};
  net::HttpClient http{{}, context.get_executor(), clock, resolver, account};
  net::IcmpEngine icmp{{.max_in_flight = 1}, context.get_executor(), clock, account};
  collect::ShardObjects objects;
  collect::Services services{context.get_executor(), clock, scope, account, resolver, http, icmp, objects};
};

/// An attempt for Probe::replay().
class ReplayAttempt : public collect::Attempt {
 public:
  ReplayAttempt(ReplayWorld& world, std::size_t columns) {
    services_ = &world.services;
    table_.charge_to(world.account);
    table_.reset(columns);
  }
  void publish_part(std::string_view, const collect::Layout&) override {}
  void finish(model::ResultCode, std::string_view) override {}
};

}  // namespace holter::testing
