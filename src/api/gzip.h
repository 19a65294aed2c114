#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "api/body.h"
#include "memory/account.h"

namespace holter::api {

/// Whether Accept-Encoding names gzip, or everything, and does not refuse it (RFC 9110, 12.5.3).
bool accepts_gzip(std::string_view accept_encoding);

/// Packs one answer as gzip (RFC 1952), piece by piece, with a small window: what an answer holds twice is near.
/// Threads: one at a time. Lifetime: the account must outlive it.
class Gzip {
 public:
  static constexpr std::size_t kLeastBytes = 1024;       ///< shorter answers gain nothing
  static constexpr std::size_t kStateBytes = 48 * 1024;  ///< zlib's with this window and level, held to by gzip_test

  /// Null where the account or the allocator refuses.
  static std::unique_ptr<Gzip> open(memory::Account& account);
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  /// Appends to `out` what is ready of the packed text; with `last` all of it. `out` says whether it was refused.
  void add(std::string_view text, bool last, Body& out);

 private:
  struct State;
  explicit Gzip(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace holter::api
