#include "net/foreign_memory.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <ares.h>
#include <curl/curl.h>
#include <malloc.h>
#include <openssl/crypto.h>

namespace holter::net {
namespace {

enum Library : std::uint8_t { kCurl, kOpenSsl, kDns };
constexpr std::size_t kLibraries = 3;
constexpr std::int64_t kChunk = 16 * 1024;

// Read by every allocation, on any thread, until the very end: set once, never destroyed.
constinit std::array<memory::Account*, kLibraries> g_accounts{};

/// Reserved for this thread and not in use. Trivial, so that it can be used after the thread's destructors have run.
struct Spare {
  std::array<std::int64_t, kLibraries> bytes;
  std::uint64_t refusals;
  bool flushed;
};
constinit thread_local Spare t_spare{};

/// Gives back what a thread holds when it ends.
struct Flusher {
  void touch() {}
  ~Flusher() {
    for (std::size_t i = 0; i < kLibraries; ++i) {
      auto rest = std::exchange(t_spare.bytes[i], 0);
      if (rest > 0 && g_accounts[i] != nullptr) g_accounts[i]->release(static_cast<std::size_t>(rest));
    }
    t_spare.flushed = true;
  }
};
thread_local Flusher t_flusher;

/// Takes bytes from the thread's spare ones, or from the account. Before there are accounts it is a debt of the thread,
/// which its first call after that puts on the account.
bool take(Library library, std::int64_t bytes) {
  auto& spare = t_spare.bytes[library];
  if (spare >= bytes || g_accounts[library] == nullptr) {
    spare -= bytes;
    return true;
  }
  auto missing = static_cast<std::size_t>(bytes - spare);
  auto chunk = t_spare.flushed ? missing : std::max(missing, static_cast<std::size_t>(kChunk));
  if (!g_accounts[library]->try_reserve(chunk)) {
    chunk = missing;
    if (!g_accounts[library]->try_reserve(chunk)) {
      ++t_spare.refusals;
      return false;
    }
  }
  t_flusher.touch();
  spare += static_cast<std::int64_t>(chunk) - bytes;
  return true;
}

void give(Library library, std::int64_t bytes) {
  auto& spare = t_spare.bytes[library];
  spare += bytes;
  if (g_accounts[library] == nullptr) return;
  auto keep = t_spare.flushed ? 0 : kChunk;
  if (spare <= 2 * keep) return;
  g_accounts[library]->release(static_cast<std::size_t>(spare - keep));
  spare = keep;
}

/// malloc() may give more than was asked for: that is on the account, too, if need be as a debt of this thread.
void correct(Library library, std::int64_t charged, void* memory) {
  t_spare.bytes[library] -= static_cast<std::int64_t>(malloc_usable_size(memory)) - charged;
}

template <Library library>
void* allocate(std::size_t size, bool zeroed) {
  auto bytes = static_cast<std::int64_t>(std::min<std::size_t>(size, memory::Account::kMost));
  if (!take(library, bytes)) return nullptr;
  void* memory = zeroed ? std::calloc(1, size) : std::malloc(size);
  if (memory == nullptr) {
    ++t_spare.refusals;
    give(library, bytes);
    return nullptr;
  }
  correct(library, bytes, memory);
  return memory;
}

template <Library library>
void release(void* memory) {
  if (memory == nullptr) return;
  auto bytes = static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
  give(library, bytes);
}

template <Library library>
void* reallocate(void* memory, std::size_t size) {
  if (memory == nullptr) return allocate<library>(size, false);
  auto before = static_cast<std::int64_t>(malloc_usable_size(memory));
  auto more = std::max<std::int64_t>(static_cast<std::int64_t>(std::min(size, memory::Account::kMost)) - before, 0);
  if (more > 0 && !take(library, more)) return nullptr;
  void* moved = std::realloc(memory, size);
  if (moved == nullptr) {
    ++t_spare.refusals;
    give(library, more);
    return nullptr;
  }
  auto difference = static_cast<std::int64_t>(malloc_usable_size(moved)) - before - more;
  if (difference > 0)
    t_spare.bytes[library] -= difference;
  else
    give(library, -difference);
  return moved;
}

template <Library library>
void* allocate_many(std::size_t count, std::size_t size) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) return nullptr;
  return allocate<library>(bytes, true);
}

template <Library library>
char* duplicate(const char* text) {
  auto bytes = std::strlen(text) + 1;
  auto* copy = static_cast<char*>(allocate<library>(bytes, false));
  if (copy != nullptr) std::memcpy(copy, text, bytes);
  return copy;
}

void* allocate_for_curl(std::size_t size) {
  return allocate<kCurl>(size, false);
}
void* allocate_for_dns(std::size_t size) {
  return allocate<kDns>(size, false);
}

// OpenSSL's contract: nothing for 0 bytes; a size of 0 frees.
void* openssl_malloc(std::size_t size, const char*, int) {
  return size == 0 ? nullptr : allocate<kOpenSsl>(size, false);
}
void openssl_free(void* memory, const char*, int) {
  release<kOpenSsl>(memory);
}
void* openssl_realloc(void* memory, std::size_t size, const char*, int) {
  if (size > 0) return reallocate<kOpenSsl>(memory, size);
  release<kOpenSsl>(memory);
  return nullptr;
}

// OpenSSL takes allocation functions only before its first allocation, and libssh makes one in a constructor of its
// own, before main(). What a program has in .preinit_array runs before the constructors of all libraries (System V
// gABI, "Initialization and Termination Functions"), on the one thread there is.
constinit bool g_openssl_counted = false;
void count_openssl(int, char**, char**) {
  g_openssl_counted = CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) == 1;
}
[[gnu::section(".preinit_array"), gnu::used]] void (*const g_before_libraries)(int, char**, char**) = count_openssl;

}  // namespace

Status install_foreign_memory(const ForeignAccounts& accounts) {
  if (!g_openssl_counted)
    return Error(ErrorCode::kUnavailable, "cannot count OpenSSL's memory: it was in use before this program's start");
  g_accounts = {accounts.curl, accounts.openssl, accounts.dns};
  if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, allocate_for_curl, release<kCurl>, reallocate<kCurl>, duplicate<kCurl>,
                           allocate_many<kCurl>) != CURLE_OK)
    return Error(ErrorCode::kUnavailable, "cannot set up libcurl with counted memory");
  if (ares_library_init_mem(ARES_LIB_INIT_ALL, allocate_for_dns, release<kDns>, reallocate<kDns>) != ARES_SUCCESS)
    return Error(ErrorCode::kUnavailable, "cannot set up c-ares with counted memory");
  return {};
}

bool foreign_memory_installed() {
  return g_accounts[kCurl] != nullptr;
}

std::uint64_t foreign_refusals() {
  return t_spare.refusals;
}

std::int64_t openssl_bytes_without_account() {
  return -t_spare.bytes[kOpenSsl];
}

}  // namespace holter::net
