// Preloaded in front of an allocator. Uses nothing that allocates on its own way.
#include "stress/faults/faults.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

namespace holter::stress {
namespace {

using Main = int (*)(int, char**, char**);

FaultPage* g_page = nullptr;  // null: not for this program
Main g_main = nullptr;

/// The next definition of a function behind this library. dlsym() may allocate by itself, the first time.
template <class F>
F next(const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

/// What is asked for while dlsym() looks the allocator up. Never freed by it, and never freed here.
void* from_bootstrap(std::size_t size) {
  alignas(std::max_align_t) static char memory[16 * 1024];
  static std::size_t used = 0;
  size = (size + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
  if (size > sizeof(memory) - used) return nullptr;
  void* block = memory + used;
  used += size;
  return block;
}

template <class F>
class Next {
 public:
  constexpr explicit Next(const char* name) : name_(name) {}
  /// Null while it is being looked up by this very call.
  F get() {
    if (auto* found = found_.load(std::memory_order_acquire)) return reinterpret_cast<F>(found);
    thread_local bool looking = false;
    if (looking) return nullptr;
    looking = true;
    auto function = next<F>(name_);
    looking = false;
    found_.store(reinterpret_cast<void*>(function), std::memory_order_release);
    return function;
  }

 private:
  const char* name_;
  std::atomic<void*> found_{nullptr};
};

constinit Next<void* (*)(std::size_t)> g_malloc("malloc");
constinit Next<void* (*)(std::size_t, std::size_t)> g_calloc("calloc");
constinit Next<void* (*)(void*, std::size_t)> g_realloc("realloc");
constinit Next<int (*)(void**, std::size_t, std::size_t)> g_posix_memalign("posix_memalign");
constinit Next<void* (*)(std::size_t, std::size_t)> g_aligned_alloc("aligned_alloc");
constinit Next<void* (*)(std::size_t, std::size_t)> g_memalign("memalign");

/// Counts an allocation; true when it is to be refused.
bool refuses() {
  auto* page = g_page;
  if (page == nullptr || page->armed.load(std::memory_order_relaxed) == 0) return false;
  auto number = page->allocations.fetch_add(1, std::memory_order_relaxed) + 1;
  auto mode = page->mode.load(std::memory_order_acquire);
  if (mode == FaultMode::kOff) return false;
  auto at = page->at.load(std::memory_order_relaxed);
  if (mode == FaultMode::kOnceAt ? number != at : number < at) return false;
  page->refused.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void* refused() {
  errno = ENOMEM;
  return nullptr;
}

void* allocate(std::size_t size) {
  auto* real = g_malloc.get();
  return real != nullptr ? real(size) : from_bootstrap(size);
}

void* allocate_aligned(std::size_t size, std::size_t alignment) {
  void* block = nullptr;
  auto* real = g_posix_memalign.get();
  return real != nullptr && real(&block, std::max(alignment, sizeof(void*)), size) == 0 ? block : nullptr;
}

/// What operator new does when the allocator really has no more: ask the handler, which may free something.
template <class F>
void* new_block(F allocate_block, bool may_throw) {
  if (!refuses()) {
    for (;;) {
      if (void* block = allocate_block()) return block;
      auto handler = std::get_new_handler();
      if (handler == nullptr) break;
      try {
        handler();
      } catch (const std::bad_alloc&) {
        if (may_throw) throw;
        return nullptr;
      }
    }
  }
  if (may_throw) throw std::bad_alloc();
  return nullptr;
}

int counted_main(int argc, char** argv, char** environment) {
  if (g_page != nullptr) g_page->armed.store(1, std::memory_order_release);
  int code = g_main(argc, argv, environment);
  if (g_page != nullptr) g_page->armed.store(0, std::memory_order_release);
  return code;
}

/// Opens the page when it is meant for this program.
__attribute__((constructor)) void open_page() {
  const char* path = std::getenv(kFaultsVariable);
  char self[4096];
  auto length = ::readlink("/proc/self/exe", self, sizeof(self) - 1);
  if (path == nullptr || length <= 0) return;
  self[length] = '\0';
  int fd = ::open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void* memory = ::mmap(nullptr, sizeof(FaultPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (memory == MAP_FAILED) return;
  auto* page = static_cast<FaultPage*>(memory);
  const char* name = std::strrchr(self, '/');
  if (page->magic == FaultPage::kMagic && name != nullptr && std::strcmp(name + 1, page->program) == 0) g_page = page;
}

}  // namespace
}  // namespace holter::stress

namespace hs = holter::stress;

extern "C" {

EXPORTED void* malloc(std::size_t size) {
  return hs::refuses() ? hs::refused() : hs::allocate(size);
}

EXPORTED void* calloc(std::size_t count, std::size_t size) {
  if (hs::refuses()) return hs::refused();
  auto* real = hs::g_calloc.get();
  return real != nullptr ? real(count, size) : hs::from_bootstrap(count * size);
}

EXPORTED void* realloc(void* block, std::size_t size) {
  if (hs::refuses()) return hs::refused();
  auto* real = hs::g_realloc.get();
  return real != nullptr ? real(block, size) : hs::refused();
}

EXPORTED int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  auto* real = hs::refuses() ? nullptr : hs::g_posix_memalign.get();
  return real != nullptr ? real(block, alignment, size) : ENOMEM;
}

EXPORTED void* aligned_alloc(std::size_t alignment, std::size_t size) {
  auto* real = hs::refuses() ? nullptr : hs::g_aligned_alloc.get();
  return real != nullptr ? real(alignment, size) : hs::refused();
}

EXPORTED void* memalign(std::size_t alignment, std::size_t size) {
  auto* real = hs::refuses() ? nullptr : hs::g_memalign.get();
  return real != nullptr ? real(alignment, size) : hs::refused();
}

/// Counting begins with main(): see README.md.
EXPORTED int __libc_start_main(hs::Main main, int argc, char** argv, void (*init)(), void (*fini)(),
                               void (*rtld_fini)(), void* stack_end) {
  using Start = int (*)(hs::Main, int, char**, void (*)(), void (*)(), void (*)(), void*);
  hs::g_main = main;
  return hs::next<Start>("__libc_start_main")(hs::counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}

}  // extern "C"

// jemalloc defines these past its own malloc, so they are met here, too. operator delete passes through.
EXPORTED void* operator new(std::size_t size) {
  return hs::new_block([=] { return hs::allocate(size); }, true);
}
EXPORTED void* operator new[](std::size_t size) {
  return hs::new_block([=] { return hs::allocate(size); }, true);
}
EXPORTED void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return hs::new_block([=] { return hs::allocate(size); }, false);
}
EXPORTED void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return hs::new_block([=] { return hs::allocate(size); }, false);
}
EXPORTED void* operator new(std::size_t size, std::align_val_t alignment) {
  return hs::new_block([=] { return hs::allocate_aligned(size, static_cast<std::size_t>(alignment)); }, true);
}
EXPORTED void* operator new[](std::size_t size, std::align_val_t alignment) {
  return hs::new_block([=] { return hs::allocate_aligned(size, static_cast<std::size_t>(alignment)); }, true);
}
EXPORTED void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return hs::new_block([=] { return hs::allocate_aligned(size, static_cast<std::size_t>(alignment)); }, false);
}
EXPORTED void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return hs::new_block([=] { return hs::allocate_aligned(size, static_cast<std::size_t>(alignment)); }, false);
}
