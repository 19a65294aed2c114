#include "app/events.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/units.h"

namespace holter::app {

Events::Events(const Clock& clock, memory::Account& account, std::string alert_file)
    : clock_(clock), alert_file_(std::move(alert_file)) {
  constexpr auto kBytes = kMost * (sizeof(api::Event) + 400);  // most texts are short
  if (auto held = account.reserve(kBytes)) reserved_ = std::move(*held);
}

void Events::add(std::string_view kind, std::string_view severity, std::string_view text,
                 std::shared_ptr<const api::JobProgress> job) noexcept {
  try {
    add({.kind = std::string(kind),
         .severity = std::string(severity),
         .text = std::string(text.substr(0, kLongestText)),
         .job = std::move(job)});
  } catch (const std::bad_alloc&) {
    ++lost_;
  }
}

void Events::add(std::string_view severity, std::string_view text,
                 std::shared_ptr<const api::IncidentChange> incident) noexcept {
  try {
    add({.kind = "incident",
         .severity = std::string(severity),
         .text = std::string(text.substr(0, kLongestText)),
         .incident = std::move(incident)});
  } catch (const std::bad_alloc&) {
    ++lost_;
  }
}

void Events::add(std::string_view severity, std::string_view text,
                 std::shared_ptr<const api::DeadNotification> notification) noexcept {
  try {
    add({.kind = "notification",
         .severity = std::string(severity),
         .text = std::string(text.substr(0, kLongestText)),
         .notification = std::move(notification)});
  } catch (const std::bad_alloc&) {
    ++lost_;
  }
}

void Events::add(api::Event event) noexcept {
  try {
    event.id = last_id_ + 1;
    event.time_ms = epoch_ms(clock_.wall());
    events_.push_back(std::move(event));
    ++last_id_;
    if (events_.size() > kMost) events_.pop_front();
    if (callback_) callback_();
  } catch (const std::bad_alloc&) {
    ++lost_;
  }
}

void Events::alert(std::string_view kind, const Alert& alert) noexcept {
  add(kind, alert.severity, alert.text);
  if (alert_file_.empty()) return;
  try {
    write_line(alert);
  } catch (const std::exception& failure) {
    ++lost_;
  }
}

void Events::write_line(const Alert& alert) {
  auto line = boost::json::serialize(boost::json::object{{"time", format_time(clock_.wall())},
                                                         {"alert", alert.name},
                                                         {"state", alert.firing ? "firing" : "resolved"},
                                                         {"severity", alert.severity},
                                                         {"since", format_time(WallTime(milliseconds(alert.since_ms)))},
                                                         {"text", alert.text}}) +
              "\n";
  struct stat status{};
  if (::stat(alert_file_.c_str(), &status) == 0 && static_cast<std::size_t>(status.st_size) > kAlertFile) {
    auto older = alert_file_.substr(0, alert_file_.rfind(".jsonl")) + ".1.jsonl";
    (void)std::rename(alert_file_.c_str(), older.c_str());
  }
  int fd = ::open(alert_file_.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  bool written = fd >= 0 && ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  auto reason = errno;
  if (fd >= 0) ::close(fd);
  if (!written && !told_write_failure_)
    log::warning("app", "cannot write the alert record {}: {}", alert_file_, std::strerror(reason));
  told_write_failure_ = !written;
}

std::vector<api::Event> Events::since(std::uint64_t after, std::size_t most) const {
  std::vector<api::Event> found;
  auto first = std::ranges::find_if(events_, [after](const api::Event& event) { return event.id > after; });
  for (auto event = first; event != events_.end() && found.size() < most; ++event) found.push_back(*event);
  return found;
}

}  // namespace holter::app
