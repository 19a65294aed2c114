#include "app/service.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"

namespace holter::app {

using std::chrono::milliseconds;

Service::Service(const Notifier& notifier, Parts parts, boost::asio::any_io_executor executor)
    : notifier_(notifier), parts_(std::move(parts)), timer_(executor), interval_(10'000) {
  auto watchdog = std::chrono::duration_cast<milliseconds>(notifier.watchdog());
  if (watchdog.count() > 0) interval_ = std::clamp<milliseconds>(watchdog / 3, kLeastInterval, interval_);
  if (watchdog.count() > 0 && watchdog < 2 * kLeastInterval)
    log::warning("app", "WatchdogSec of {} ms is too short to be kept: set 5 s or more", watchdog.count());
}

void Service::start() {
  if (!notifier_.listens()) return;
  *running_ = true;
  (void)hanging();
  send("READY=1\nSTATUS=" + parts_.describe());
  beat();
}

void Service::stop() {
  if (!std::exchange(*running_, false)) return;
  timer_.cancel();
  send("STOPPING=1");
}

void Service::reloading() const {
  if (auto sent = notifier_.send_reloading(); !sent) log::warning("app", "{}", sent.error().message());
}

void Service::reloaded() const {
  if (*running_) send("READY=1\nSTATUS=" + parts_.describe());
}

void Service::beat() {
  timer_.expires_after(interval_);
  // A handler that was queued before stop() comes with success, when this object may be gone.
  timer_.async_wait([this, running = running_](boost::system::error_code failure) {
    if (failure || !*running) return;
    if (auto hangs = hanging(); hangs.empty())
      send("WATCHDOG=1\nSTATUS=" + parts_.describe());
    else
      log::error("app", "shard {} has not moved for {} ms: the service manager is not told that all is well", hangs,
                 interval_.count());
    beat();
  });
}

std::string Service::hanging() {
  std::string hangs;
  std::size_t at = 0;
  parts_.each_shard([&](const std::string& name, std::uint64_t beats) {
    if (at == beats_.size())
      beats_.push_back(beats);
    else if (std::exchange(beats_[at], beats) == beats)
      hangs = name;
    ++at;
  });
  return hangs;
}

void Service::send(const std::string& state) const {
  if (auto sent = notifier_.send(state); !sent) log::warning("app", "{}", sent.error().message());
}

}  // namespace holter::app
