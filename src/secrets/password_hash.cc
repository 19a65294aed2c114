#include "secrets/password_hash.h"

#include <charconv>
#include <span>

#include <fmt/format.h>
#include <sodium.h>

#include "secrets/primitives.h"

namespace holter::secrets {
namespace {

static_assert(crypto_pwhash_argon2id_SALTBYTES == 16);

// OWASP, Password Storage Cheat Sheet, "Argon2id": in the order of their memory.
constexpr std::array<PasswordCost, 4> kCosts = {{{19 * 1024, 2}, {12 * 1024, 3}, {9 * 1024, 4}, {7 * 1024, 5}}};

Error corrupt(std::string_view why) {
  return {ErrorCode::kCorruption, fmt::format("cannot understand the stored password hash: {}", why)};
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

/// A number without sign or leading zero, up to `most`.
bool take_number(std::string_view& text, std::uint32_t least, std::uint32_t most, std::uint32_t& out) {
  if (text.starts_with('0')) return false;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || out < least || out > most) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

PasswordCost cost_for(std::uint64_t budget_bytes) {
  for (auto cost : kCosts)
    if (cost.bytes() <= budget_bytes / 8) return cost;
  return kCosts.back();
}

Result<PasswordHash> PasswordHash::parse(std::string_view text) {
  PasswordHash out;
  if (!take(text, "$argon2id$v=19$")) return corrupt("it is no Argon2id of version 19");
  if (!take(text, "m=") || !take_number(text, kLeast.memory_kib, kMost.memory_kib, out.cost_.memory_kib))
    return corrupt(fmt::format("its memory is not within {} and {} KiB", kLeast.memory_kib, kMost.memory_kib));
  if (!take(text, ",t=") || !take_number(text, kLeast.passes, kMost.passes, out.cost_.passes))
    return corrupt(fmt::format("its passes are not within {} and {}", kLeast.passes, kMost.passes));
  if (!take(text, ",p=1$")) return corrupt("it has more than one lane");
  auto dollar = text.find('$');
  if (dollar == std::string_view::npos || !from_base64(text.substr(0, dollar), Base64::kUsual, out.salt_))
    return corrupt("its salt is not the Base64 of 16 bytes");
  if (!from_base64(text.substr(dollar + 1), Base64::kUsual, out.hash_))
    return corrupt("its hash is not the Base64 of 32 bytes");
  return out;
}

Result<PasswordHash> PasswordHash::of(std::string_view password, PasswordCost cost) {
  ready();
  PasswordHash out;
  out.cost_ = cost;
  randombytes_buf(out.salt_.data(), out.salt_.size());
  TRY(out.hash_, out.calculate(password));
  return out;
}

PasswordHash PasswordHash::dummy(PasswordCost cost) {
  ready();
  PasswordHash out;
  out.cost_ = cost;
  randombytes_buf(out.salt_.data(), out.salt_.size());
  randombytes_buf(out.hash_.data(), out.hash_.size());
  return out;
}

std::string PasswordHash::text() const {
  return fmt::format("$argon2id$v=19$m={},t={},p=1${}${}", cost_.memory_kib, cost_.passes,
                     to_base64(salt_, Base64::kUsual), to_base64(hash_, Base64::kUsual));
}

Result<bool> PasswordHash::matches(std::string_view password) const {
  TRY(auto hash, calculate(password));
  return sodium_memcmp(hash.data(), hash_.data(), hash.size()) == 0;
}

Result<std::array<std::uint8_t, 32>> PasswordHash::calculate(std::string_view password) const {
  ready();
  std::array<std::uint8_t, 32> out;
  // Its parameters are within what it takes, so that it fails for want of memory only.
  if (crypto_pwhash_argon2id(out.data(), out.size(), password.data(), password.size(), salt_.data(), cost_.passes,
                             std::size_t{cost_.memory_kib} * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
    return Error(ErrorCode::kResourceExhausted,
                 fmt::format("cannot hash a password: the system has no {} KiB for it", cost_.memory_kib));
  return out;
}

}  // namespace holter::secrets
