#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "collect/attempt.h"
#include "collect/trial.h"
#include "memory/account.h"
#include "model/monitor.h"
#include "net/http.h"
#include "net/icmp.h"
#include "net/known_hosts.h"
#include "net/resolver.h"
#include "runtime/task_scope.h"

namespace holter::app {

/// The services of a shard on the calling thread, for commands that ask something and end.
class LocalServices {
 public:
  LocalServices() : LocalServices(net::KnownHosts::Options{}) {}
  /// `allow_scripts` as in collect::Services.
  explicit LocalServices(net::KnownHosts::Options known_hosts, bool allow_scripts = false)
      : known_hosts_(std::move(known_hosts), ssh_) {
    services_.allow_scripts = allow_scripts;
  }
  ~LocalServices();
  LocalServices(const LocalServices&) = delete;
  LocalServices& operator=(const LocalServices&) = delete;

  collect::Services& services() { return services_; }
  /// What probes may reach from now on.
  void set_targets(net::TargetRules rules) { resolver_.policy().set(std::move(rules)); }
  /// Runs a trial of the monitor's sets to its end, calling `seen` after each request.
  collect::Trial::Verdict run(collect::Trial::Options options, std::string_view app,
                              const std::vector<model::ResolvedSet>& sets,
                              std::function<void(const collect::TrialResult&)> seen);

 private:
  boost::asio::io_context context_{1};
  SystemClock clock_;
  memory::Budget budget_{256 << 20};
  runtime::TaskScope scope_{context_.get_executor()};
  net::Resolver resolver_{{}, context_.get_executor(), clock_, budget_.account("dns")};
  net::HttpClient http_{{}, context_.get_executor(), clock_, resolver_, budget_.account("http")};
  net::IcmpEngine icmp_{{.max_in_flight = 64}, context_.get_executor(), clock_, budget_.account("icmp")};
  memory::Account& ssh_ = budget_.account("ssh");
  net::KnownHosts known_hosts_;
  collect::ShardObjects objects_;
  collect::Services services_{
      context_.get_executor(), clock_, scope_, budget_.account("answers"), resolver_, http_, icmp_, objects_, nullptr,
      &known_hosts_,           &ssh_};
};

}  // namespace holter::app
