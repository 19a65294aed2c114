#pragma once

#include <cstddef>

namespace holter::testing {

/// Bytes that operator new has handed out on this thread and that have not come back on it. Only in programs that have
/// HOLTER_COUNT_NEW in one file.
extern thread_local std::size_t t_new_bytes;

}  // namespace holter::testing

// Replaces the global operators new and delete of a test program by counting ones.
#define HOLTER_COUNT_NEW                                                                     \
  thread_local std::size_t holter::testing::t_new_bytes = 0;                                 \
  namespace {                                                                                \
  void* counted_new(std::size_t size, std::size_t align) {                                   \
    void* p = std::aligned_alloc(align, (size + align - 1) / align * align);                 \
    if (p == nullptr) throw std::bad_alloc();                                                \
    holter::testing::t_new_bytes += malloc_usable_size(p);                                   \
    return p;                                                                                \
  }                                                                                          \
  void counted_delete(void* p) {                                                             \
    if (p != nullptr) holter::testing::t_new_bytes -= malloc_usable_size(p);                 \
    std::free(p);                                                                            \
  }                                                                                          \
  }                                                                                          \
  void* operator new(std::size_t n) { return counted_new(n, 16); }                           \
  void* operator new(std::size_t n, std::align_val_t a) {                                    \
    return counted_new(n, static_cast<std::size_t>(a));                                      \
  }                                                                                          \
  void operator delete(void* p) noexcept { counted_delete(p); }                              \
  void operator delete(void* p, std::size_t) noexcept { counted_delete(p); }                 \
  void operator delete(void* p, std::align_val_t) noexcept { counted_delete(p); }            \
  void operator delete(void* p, std::size_t, std::align_val_t) noexcept { counted_delete(p); }
