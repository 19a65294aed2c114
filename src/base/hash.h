#pragma once

#include <cstdint>
#include <string_view>

namespace holter {

/// 64-bit FNV-1a with a final avalanche (the finaliser of MurmurHash3). Stable for ever: monitor ids, series ids and
/// phases derive from it and are stored. Not for hash tables fed by hostile keys.
constexpr std::uint64_t mix64(std::uint64_t h) {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdULL;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53ULL;
  h ^= h >> 33;
  return h;
}

/// Feed `text` into `state`; a separator byte follows, so that ("ab","c") and ("a","bc") differ.
constexpr std::uint64_t hash_step(std::uint64_t state, std::string_view text) {
  for (char c : text) state = (state ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  return (state ^ 0xffU) * 0x100000001b3ULL;
}

inline constexpr std::uint64_t kHashSeed = 0xcbf29ce484222325ULL;

/// Stable 64-bit hash of a sequence of texts.
template <class... Texts>
constexpr std::uint64_t stable_hash(const Texts&... texts) {
  std::uint64_t state = kHashSeed;
  ((state = hash_step(state, texts)), ...);
  return mix64(state);
}

}  // namespace holter
