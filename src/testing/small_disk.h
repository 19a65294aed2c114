#pragma once

#include <cstdint>
#include <string>

namespace holter::testing {

/// A directory with a file system of its own in memory, of `bytes`, that only this process and its children see. Its
/// end is the process's. Works as root or where user namespaces are allowed (the process must have one thread then);
/// otherwise it prints why and exits.
std::string make_small_disk(std::uint64_t bytes);

}  // namespace holter::testing
