#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "app/backend.h"
#include "runtime/shard.h"

namespace holter::app {

/// The live line of `holter serve`: rewritten each second on a terminal, a line every ten seconds elsewhere.
/// Threads: the executor's.
class StatusLine {
 public:
  StatusLine(const Backend& backend, boost::asio::any_io_executor executor, bool enabled);
  void start();
  void stop();

 private:
  void show();

  const Backend& backend_;
  boost::asio::steady_timer timer_;
  const bool enabled_, terminal_;
  bool shown_ = false;
  const std::shared_ptr<bool> running_ = std::make_shared<bool>(true);
};

/// "up 3  down 1 ...  memory 41.0 MiB of 256 MiB"
std::string describe_now(const Backend& backend);
/// The summary at the end of a run; `last` was taken before collecting stopped.
std::string describe_run(const Backend& backend, const api::Summary& last);

}  // namespace holter::app
