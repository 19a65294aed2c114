#include "base/crash_signal.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>

namespace holter {
namespace {

constexpr std::size_t kStackBytes = 16 * 1024;

// Signal handlers take no argument of ours: what they need is global.
std::atomic<int> g_fd{-1};
std::int64_t g_offset = 0;
std::array<struct sigaction, std::size(kCrashSignals)> g_before;

void restore(int signal) {
  for (std::size_t i = 0; i < g_before.size(); ++i)
    if (kCrashSignals[i] == signal) sigaction(signal, &g_before[i], nullptr);
}

void on_crash(int signal, siginfo_t* info, void*) {
  int error = errno;
  if (int fd = g_fd.exchange(-1); fd >= 0) {  // of several threads that crash, the first is the cause
    auto tens = signal >= 10 ? static_cast<char>('0' + signal / 10) : ' ';  // JSON knows no leading zeros
    const char text[] = {' ', tens, static_cast<char>('0' + signal % 10)};
    (void)!::pwrite(fd, text, sizeof(text), g_offset);  // nobody is left to tell of a failure
  }
  restore(signal);
  errno = error;
  // A fault comes again by itself when the handler returns; a signal that somebody sent does not.
  if (info->si_code <= 0) raise(signal);
}

}  // namespace

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

Status note_crashes_in(int fd, std::int64_t offset) {
  if (g_fd.load() >= 0)
    return Error(ErrorCode::kInternal, "cannot note crashes in two files: this process does so in one already");
  g_offset = offset;
  struct sigaction action{};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < g_before.size(); ++i)
    if (sigaction(kCrashSignals[i], nullptr, &g_before[i]) != 0)
      return Error(ErrorCode::kInternal, fmt::format("cannot read the handler of {}: {}", signal_name(kCrashSignals[i]),
                                                     std::strerror(errno)));
  g_fd.store(fd);
  for (int signal : kCrashSignals) {
    if (sigaction(signal, &action, nullptr) == 0) continue;
    auto why = fmt::format("cannot set a handler of {}: {}", signal_name(signal), std::strerror(errno));
    stop_noting_crashes();
    return Error(ErrorCode::kInternal, why);
  }
  return {};
}

void stop_noting_crashes() {
  for (int signal : kCrashSignals) restore(signal);
  g_fd.store(-1);
}

CrashStack::CrashStack() {
  stack_t now{};
  if (sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) return;
  memory_ = std::make_unique<char[]>(kStackBytes);
  stack_t mine{};
  mine.ss_sp = memory_.get();
  mine.ss_size = kStackBytes;
  if (sigaltstack(&mine, nullptr) != 0) memory_.reset();
}

CrashStack::~CrashStack() {
  if (memory_ == nullptr) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  sigaltstack(&none, nullptr);
}

}  // namespace holter
