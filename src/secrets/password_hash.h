#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::secrets {

/// What one hash costs whoever makes it: memory (KiB) and passes over it.
struct PasswordCost {
  std::uint32_t memory_kib = 0;
  std::uint32_t passes = 0;
  bool operator==(const PasswordCost&) const = default;

  /// What the calculation holds at once: its memory, and indices into it.
  std::size_t bytes() const { return (std::size_t{memory_kib} + 64) * 1024; }
};

/// The costliest one in memory of OWASP's list for Argon2id with one lane (Password Storage Cheat Sheet: 19 MiB and 2
/// passes down to 7 MiB and 5; all of equal strength) that takes at most an eighth of `budget_bytes`, and 7 MiB where
/// none does.
PasswordCost cost_for(std::uint64_t budget_bytes);

/// A stored hash, "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>" (the PHC string format, as all Argon2 libraries write
/// it), salt 16 and hash 32 bytes. Not secret, but not for everybody: who has it can try passwords without limit.
class PasswordHash {
 public:
  /// No hash costs more to try, whatever its row says: 64 MiB, 16 passes.
  static constexpr PasswordCost kMost{64 * 1024, 16};
  static constexpr PasswordCost kLeast{1024, 1};

  /// Errors: kCorruption, without the text.
  static Result<PasswordHash> parse(std::string_view text);
  /// Hashes a password with a new salt; takes tens of milliseconds and cost.bytes(). Errors: kResourceExhausted.
  static Result<PasswordHash> of(std::string_view password, PasswordCost cost);
  /// A hash that nothing but luck of 2^-256 matches: so that an unknown user costs what a known one does.
  static PasswordHash dummy(PasswordCost cost);

  std::string text() const;
  PasswordCost cost() const { return cost_; }
  /// Hashes `password` alike and compares in constant time; costs what of() costs. Errors: kResourceExhausted.
  Result<bool> matches(std::string_view password) const;

 private:
  Result<std::array<std::uint8_t, 32>> calculate(std::string_view password) const;

  PasswordCost cost_;
  std::array<std::uint8_t, 16> salt_{};
  std::array<std::uint8_t, 32> hash_{};
};

}  // namespace holter::secrets
