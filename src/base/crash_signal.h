#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <signal.h>

#include "base/result.h"

namespace holter {

/// "SIGSEGV"; "signal 42" for those without a name.
std::string signal_name(int signal);

/// Signals that end a program because of its own fault.
inline constexpr int kCrashSignals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

/// From now on each of kCrashSignals first writes its number, right-aligned in three digits, at `offset` of `fd`, and
/// then does what it did without. Only write() is called then (signal-safety(7)). A process has one such place, since
/// it has one set of handlers. `fd` stays the caller's, open until stop_noting_crashes(). Errors: kInternal.
Status note_crashes_in(int fd, std::int64_t offset);
/// Puts back the handlers of before.
void stop_noting_crashes();

/// Gives the calling thread a stack of its own for signal handlers while it lives, so that an overflow of the thread's
/// stack is noted, too. Does nothing where the thread has one (sanitizers bring theirs).
class CrashStack {
 public:
  CrashStack();
  CrashStack(const CrashStack&) = delete;
  CrashStack& operator=(const CrashStack&) = delete;
  ~CrashStack();

 private:
  std::unique_ptr<char[]> memory_;
};

}  // namespace holter
