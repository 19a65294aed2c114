#pragma once

#include <cstddef>

namespace holter::runtime {

/// Asio takes its small nodes (posted handlers, waits, coroutine frames) from aligned_alloc(), and ends the process
/// when one is refused at the wrong moment: a coroutine whose wait cannot begin is unwound by a posted handler, and
/// nothing can be thrown from there. So where the allocator refuses, those of up to 512 bytes come from 256 blocks kept
/// for that. The linker puts this between (cmake: --wrap), for the code of this program only. Not in
/// sanitizer builds, which bring their own allocator: there it is never used.
struct HandlerReserve {
  static constexpr std::size_t kBlockBytes = 512;
  static constexpr std::size_t kBlocks = 256;

  /// Blocks in use, and how many ever were taken. Any thread.
  static std::size_t in_use();
  static std::size_t taken();
};

}  // namespace holter::runtime
