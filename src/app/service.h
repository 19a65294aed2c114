#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/notify.h"

namespace holter::app {

/// Tells the service manager that Holter is ready, how it is doing, and that it is alive. It is alive while the control
/// executor runs this timer and each shard's thread goes from handler to handler; when one hangs the manager is told
/// nothing any more, and restarts us. Threads: the executor's.
class Service {
 public:
  struct Parts {
    std::function<std::string()> describe;  ///< one line for `systemctl status`
    /// Calls back with name and heartbeats of each shard.
    std::function<void(const std::function<void(const std::string&, std::uint64_t)>&)> each_shard;
  };
  /// How long a shard may hang unnoticed at least: its heart beats twice a second.
  static constexpr std::chrono::milliseconds kLeastInterval{1500};

  Service(const Notifier& notifier, Parts parts, boost::asio::any_io_executor executor);

  /// Ready; from now on there is news three times within the watchdog's time, or every ten seconds.
  void start();
  /// The end has begun.
  void stop();
  void reloading() const;
  void reloaded() const;

 private:
  void beat();
  /// Name of a shard that has not moved since the last call; empty when all have.
  std::string hanging();
  void send(const std::string& state) const;

  const Notifier& notifier_;
  const Parts parts_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds interval_;
  std::vector<std::uint64_t> beats_;  ///< by shard, at the last look
  std::shared_ptr<bool> running_ = std::make_shared<bool>(false);
};

}  // namespace holter::app
