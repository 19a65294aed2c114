#include "app/status_line.h"

#include <chrono>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "base/units.h"

namespace holter::app {

StatusLine::StatusLine(const Backend& backend, boost::asio::any_io_executor executor, bool enabled)
    : backend_(backend), timer_(executor), enabled_(enabled), terminal_(isatty(STDOUT_FILENO) == 1) {}

void StatusLine::start() {
  if (!enabled_) return;
  show();
  timer_.expires_after(std::chrono::seconds(terminal_ ? 1 : 10));
  // A handler that was queued before stop() comes with success, when this object may be gone.
  timer_.async_wait([this, running = running_](boost::system::error_code failure) {
    if (!failure && *running) start();
  });
}

void StatusLine::stop() {
  *running_ = false;
  timer_.cancel();
  if (shown_ && terminal_) fmt::print("\n");
}

void StatusLine::show() {
  auto text = describe_now(backend_);
  fmt::print("{}{}{}", terminal_ ? "\r\x1b[2K" : "", text, terminal_ ? "" : "\n");
  std::fflush(stdout);
  shown_ = true;
}

std::string describe_now(const Backend& backend) {
  auto s = backend.summary();
  auto c = backend.schedule();
  std::string other;
  if (s.unreachable > 0) other += fmt::format("  unreachable {}", s.unreachable);
  if (s.unknown > 0) other += fmt::format("  unknown {}", s.unknown);
  if (s.stale > 0) other += fmt::format("  stale {}", s.stale);
  if (s.paused > 0) other += fmt::format("  paused {}", s.paused);
  return fmt::format("up {}  down {}{}  due {}  late {}  skipped {}  memory {} of {}{}", s.up, s.down, other, c.due,
                     c.late, c.skipped, format_size(s.resident_bytes), format_size(s.budget_bytes),
                     s.history_running ? "" : "  history: not running");
}

std::string describe_run(const Backend& backend, const api::Summary& last) {
  auto c = backend.schedule();
  auto m = backend.memory();
  auto ran_for = std::chrono::milliseconds(last.now_ms - last.started_ms);
  auto unreachable = last.unreachable > 0 ? fmt::format(", {} unreachable", last.unreachable) : "";
  return fmt::format(
      "holter ran for {}\n"
      "  monitors  {} up, {} down{}, {} unknown, {} stale, {} paused\n"
      "  checks    {} due = {} run + {} skipped + {} paused; {} late, {} timed out\n"
      "  history   {} samples sent, {} kept, {} lost; {} restarts\n"
      "  memory    {} at most, of {}; history process {} at most",
      format_duration(ran_for), last.up, last.down, unreachable, last.unknown, last.stale, last.paused, c.due, c.run,
      c.skipped, c.paused, c.late, c.timeouts, c.history_samples_sent, c.history_samples_kept, c.history_samples_lost,
      c.history_restarts, format_size(m.resident_peak), format_size(m.budget), format_size(m.history_resident_peak));
}

}  // namespace holter::app
