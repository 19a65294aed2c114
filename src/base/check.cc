#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace holter {

void check_failed(const char* file, int line, std::string_view expression) {
  std::fprintf(stderr, "BUG: %s:%d: this does not hold: %.*s\n", file, line, static_cast<int>(expression.size()),
               expression.data());
  std::abort();
}

}  // namespace holter
