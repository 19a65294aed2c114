#include "stress/critical.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace holter::stress {

void add_gaps(const std::vector<double>& times, double from, double to, double interval_s, std::vector<double>& out) {
  double last = from;
  bool first = true;
  for (double time : times) {
    if (time < from || time > to) continue;
    // The window begins anywhere within an interval: its first gap may only be too long, never too short.
    double late = time - last - interval_s;
    if (!first || late > 0) out.push_back(std::max(0.0, late * 1000));
    last = time;
    first = false;
  }
  if (double late = to - last - interval_s; late > 0) out.push_back(late * 1000);
}

Lateness lateness_of(std::vector<double> gaps_ms, std::size_t checks) {
  Lateness lateness{.checks = checks};
  if (gaps_ms.empty()) return lateness;
  std::ranges::sort(gaps_ms);
  auto place = static_cast<std::size_t>(std::ceil(0.99 * static_cast<double>(gaps_ms.size())));
  lateness.p99_ms = gaps_ms[std::max<std::size_t>(place, 1) - 1];
  lateness.most_ms = gaps_ms.back();
  return lateness;
}

Result<std::unique_ptr<CriticalTargets>> CriticalTargets::open(std::size_t count) {
  auto targets = std::make_unique<CriticalTargets>();
  targets->stop_ = ::eventfd(0, EFD_CLOEXEC);
  targets->targets_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto& target = targets->targets_[i];
    target.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t size = sizeof(address);
    ::inet_pton(AF_INET, targets->host(i).c_str(), &address.sin_addr);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (target.socket < 0 || ::bind(target.socket, generic, size) != 0 || ::listen(target.socket, 1024) != 0 ||
        ::getsockname(target.socket, generic, &size) != 0)
      return Error(ErrorCode::kIo, fmt::format("cannot listen on {}: {}", targets->host(i), std::strerror(errno)));
    target.port = ntohs(address.sin_port);
  }
  targets->thread_ = std::thread([raw = targets.get()] { raw->accept_all(); });
  return targets;
}

CriticalTargets::~CriticalTargets() {
  std::uint64_t one = 1;
  if (thread_.joinable() && ::write(stop_, &one, sizeof(one)) == sizeof(one)) thread_.join();
  for (auto& target : targets_)
    if (target.socket >= 0) ::close(target.socket);
  if (stop_ >= 0) ::close(stop_);
}

std::string CriticalTargets::host(std::size_t i) const {
  return fmt::format("127.9.{}.{}", i / 250, i % 250 + 1);
}

void CriticalTargets::accept_all() {
  ::setpriority(PRIO_PROCESS, 0, -10);  // for whom it is allowed: the tester's own delay is not Holter's
  std::vector<pollfd> ready{{stop_, POLLIN, 0}};
  for (const auto& target : targets_) ready.push_back({target.socket, POLLIN, 0});
  while (::poll(ready.data(), ready.size(), -1) >= 0 || errno == EINTR) {
    if (ready[0].revents != 0) return;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (ready[i + 1].revents == 0) continue;
      for (int socket; (socket = ::accept4(targets_[i].socket, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ::close(socket)) {
        std::scoped_lock lock(mutex_);
        if (targets_[i].times.size() < kMostTimes) targets_[i].times.push_back(now_s());
      }
    }
  }
}

Lateness CriticalTargets::lateness(MonoTime from, milliseconds interval) const {
  std::scoped_lock lock(mutex_);
  double begin = std::chrono::duration<double>(from - start_).count();
  double interval_s = std::chrono::duration<double>(interval).count();
  std::vector<double> gaps;
  std::size_t checks = 0;
  for (const auto& target : targets_) {
    add_gaps(target.times, begin, now_s(), interval_s, gaps);
    checks += static_cast<std::size_t>(std::ranges::count_if(target.times, [&](double t) { return t >= begin; }));
  }
  return lateness_of(std::move(gaps), checks);
}

bool CriticalTargets::all_seen_since(MonoTime from) const {
  std::scoped_lock lock(mutex_);
  double begin = std::chrono::duration<double>(from - start_).count();
  return std::ranges::all_of(
      targets_, [&](const Target& target) { return !target.times.empty() && target.times.back() > begin; });
}

}  // namespace holter::stress
