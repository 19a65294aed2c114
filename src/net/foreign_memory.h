#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "memory/account.h"

namespace holter::net {

/// Where the bytes of libraries go that allocate for themselves.
struct ForeignAccounts {
  memory::Account* curl = nullptr;
  memory::Account* openssl = nullptr;
  memory::Account* dns = nullptr;  ///< c-ares
};

/// Puts every allocation of libcurl, OpenSSL and c-ares on accounts, exactly: as many bytes as malloc gave. What an
/// account refuses is a null pointer to the library, which reports it as out of memory. Call it once, at the start,
/// before anything uses one of these libraries and while there is one thread.
///
/// The accounts must never be destroyed: these libraries free memory until the very end of the process. Each thread
/// keeps up to 32 KiB per library that are reserved and not in use, so that most calls touch no shared counter.
/// Errors: kUnavailable when a library is in use already (then its bytes are on no account).
Status install_foreign_memory(const ForeignAccounts& accounts);
bool foreign_memory_installed();

/// How often a library was refused memory on this thread, by an account or the allocator. What fails while this number
/// rises fails for our own want of memory, whatever the library calls it. Always 0 when nothing is installed.
std::uint64_t foreign_refusals();

/// What this thread has taken for OpenSSL less what it has given back, in bytes, as long as nothing is installed: tests
/// measure by it what a library holds.
std::int64_t openssl_bytes_without_account();

/// `exact` where the libraries' own bytes are on accounts, else an estimate that has them in.
inline std::size_t foreign_charge(std::size_t exact, std::size_t estimate) {
  return foreign_memory_installed() ? exact : estimate;
}

}  // namespace holter::net
