#include "collect/protocols/jdbc/session.h"

namespace holter::collect::jdbc {

MonoTime part_of_time(MonoTime now, MonoTime deadline, std::size_t addresses_left) {
  if (addresses_left <= 1 || deadline <= now) return deadline;
  return now + (deadline - now) / static_cast<std::int64_t>(addresses_left);
}

}  // namespace holter::collect::jdbc
