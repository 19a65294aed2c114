#pragma once

#include <memory>

#include "collect/protocols/jdbc/session.h"
#include "collect/shard_objects.h"
#include "net/session_pool.h"
#include "runtime/blocking_pool.h"

namespace holter::collect::jdbc {

/// The sessions of a shard, kept for the next query: at most four to one server, so that the sets of a monitor, which
/// ask at once, do not open one each.
class Sessions final : public ShardObject {
 public:
  using Pool = net::SessionPool<SqlSession>;

  explicit Sessions(const Services& services)
      : postgresql_(options(kPostgresqlBytes), services.executor, services.clock, services.answers),
        mysql_(options(kMysqlBytes), services.executor, services.clock, services.answers),
        odbc_(options(kOdbcBytes), services.executor, services.clock, services.answers) {}

  /// Those of a shard.
  static Sessions& of(const Services& services) {
    return services.objects.get<Sessions>([&] { return std::make_unique<Sessions>(services); });
  }
  Pool& pool(Driver driver) {
    return driver == Driver::kPostgresql ? postgresql_ : driver == Driver::kMysql ? mysql_ : odbc_;
  }
  /// Threads for drivers that block, made when they are first needed.
  runtime::BlockingPool& threads() {
    if (!threads_) threads_ = std::make_unique<runtime::BlockingPool>(kThreads, kMostWaiting);
    return *threads_;
  }
  void shrink() override {
    postgresql_.shrink();
    mysql_.shrink();
    odbc_.shrink();
  }
  void sweep(SessionReports& reports) override {
    reports.emplace_back("jdbc/postgresql", postgresql_.sweep());
    reports.emplace_back("jdbc/mysql", mysql_.sweep());
    reports.emplace_back("jdbc/odbc", odbc_.sweep());
  }

 private:
  static net::SessionPoolOptions options(std::size_t bytes) { return {.bytes_each = bytes, .max_per_target = 4}; }

  static constexpr std::size_t kThreads = 4;
  static constexpr std::size_t kMostWaiting = 1024;

  std::unique_ptr<runtime::BlockingPool> threads_;  // outlives the sessions, which end on it
  Pool postgresql_, mysql_, odbc_;
};

}  // namespace holter::collect::jdbc
