#pragma once

#include <cstddef>

#include "base/result.h"

namespace holter::memory {

/// Takes the pages of program text and libraries out of this process: what is used again comes back from the page cache
/// at the next access, what only the start needed stays out. (The kernel maps up to 64 KiB around each access.) Only
/// mappings that cannot be written and hold no page of this process's own: MADV_DONTNEED (madvise(2)) would undo
/// relocations in those. How many bytes were resident. Errors: kIo where /proc/self/smaps cannot be read.
/// Threads: any; the others go on, and fault.
Result<std::size_t> drop_file_pages();

}  // namespace holter::memory
