#include "define/subject.h"

// Whatever is read is within its limits, and host and port mean the same when they are read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::define;
  auto subject = parse_subject({reinterpret_cast<const char*>(data), size});
  if (!subject) return 0;
  if (subject->kind == Subject::Kind::kNetwork) {
    auto hosts = hosts_of(subject->network);
    if (hosts.empty() || hosts.size() > 256) __builtin_trap();
    for (const auto& host : hosts)
      if (!subject->network.holds(host, 0)) __builtin_trap();
    return 0;
  }
  if (subject->host.empty() || subject->path.size() > kLongestSubject + 1) __builtin_trap();
  if ((subject->kind == Subject::Kind::kHost) != (subject->port == 0)) __builtin_trap();
  auto again = parse_subject(host_and_port(subject->host, subject->port));
  if (!again || again->host != subject->host || again->port != subject->port) __builtin_trap();
  return 0;
}
