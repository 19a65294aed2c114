#include "stress/screen.h"

#include <algorithm>
#include <csignal>
#include <cstdio>

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

namespace holter::stress {

Screen::Screen(double seconds) : terminal_(::isatty(STDOUT_FILENO) == 1), seconds_(std::max(seconds, 1.0)) {}

void Screen::clear() const {
  if (terminal_) fmt::print("\r\x1b[2K");
}

void Screen::begin(std::string_view scenario, std::size_t number, std::size_t of) {
  scenario_ = fmt::format("[{}/{}] {}", number, of, scenario);
  phase("start");
}

void Screen::phase(std::string_view name) {
  phase_ = name;
  if (!terminal_) line(fmt::format("{} {}", scenario_, phase_));
}

void Screen::tick(const std::string& words) {
  if (!terminal_) return;
  constexpr int kWidth = 24;
  auto passed = std::chrono::duration<double>(clock_.mono() - start_).count();
  auto full = std::clamp(static_cast<int>(passed / seconds_ * kWidth), 0, kWidth);
  clear();
  fmt::print("[{:#<{}}{:.<{}}] {} {}: {}", "", full, "", kWidth - full, scenario_, phase_, words);
  std::fflush(stdout);
}

void Screen::line(const std::string& text) {
  clear();
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

bool wait_or_signal(milliseconds time) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  timespec left{.tv_sec = time.count() / 1000, .tv_nsec = time.count() % 1000 * 1'000'000};
  int got = ::sigtimedwait(&ends, nullptr, &left);
  if (got > 0) ::kill(::getpid(), got);  // stays pending, for the next who asks
  return got <= 0;
}

}  // namespace holter::stress
