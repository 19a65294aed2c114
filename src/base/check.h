#pragma once

#include <string_view>

namespace holter {

/// Prints "BUG: ..." with the place to standard error and aborts. For CHECK only.
[[noreturn]] void check_failed(const char* file, int line, std::string_view expression);

}  // namespace holter

/// Holds in every build, release too. For our own bugs only: what peers, files, users or limits can cause is an Error.
#define CHECK(condition)                                      \
  do {                                                        \
    if (!(condition)) [[unlikely]]                            \
      ::holter::check_failed(__FILE__, __LINE__, #condition); \
  } while (false)
