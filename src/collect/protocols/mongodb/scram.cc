#include "collect/protocols/mongodb/scram.h"

#include <array>
#include <charconv>
#include <cstring>
#include <random>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "base/units.h"
#include "collect/base64.h"

namespace holter::collect::mongodb {
namespace {

constexpr std::size_t kMostSalt = 1024, kMostNonce = 1024;
using Digest = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

const std::uint8_t* data_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}
std::string_view text_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

bool mac(std::string_view key, std::string_view text, Digest& out) {
  unsigned size = out.size();
  return HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data_of(text), text.size(), out.data(), &size) !=
         nullptr;
}

Error violation(std::string_view why) {
  return {ErrorCode::kProtocolViolation, fmt::format("the server's challenge is wrong: {}", why)};
}

Result<std::string> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > kMostSalt) return violation("no Base64");
  std::string bytes(text.size() / 4 * 3, '\0');
  auto size =
      EVP_DecodeBlock(reinterpret_cast<std::uint8_t*>(bytes.data()), data_of(text), static_cast<int>(text.size()));
  if (size < 0) return violation("no Base64");
  bytes.resize(static_cast<std::size_t>(size) - (text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0));
  return bytes;
}

/// Takes "<letter>=<value>" off the front of a message, and the comma behind it.
Result<std::string_view> attribute(std::string_view& text, char letter) {
  if (text.size() < 2 || text[0] != letter || text[1] != '=') return violation(fmt::format("no '{}='", letter));
  auto value = text.substr(2, text.find(',') - 2);
  text.remove_prefix(std::min(text.size(), 2 + value.size() + 1));
  return value;
}

}  // namespace

std::string scram_nonce() {
  std::random_device random;
  std::string bytes(24, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return to_base64(bytes);
}

std::string scram_first(std::string_view user, std::string_view nonce) {
  std::string name;
  for (char c : user) name += c == '=' ? "=3D" : c == ',' ? "=2C" : std::string(1, c);
  return fmt::format("n={},r={}", name, nonce);
}

Result<Challenge> scram_challenge(std::string_view nonce, std::string_view text) {
  Challenge challenge;
  TRY(auto both, attribute(text, 'r'));
  if (!both.starts_with(nonce) || both.size() == nonce.size() || both.size() > kMostNonce)
    return violation("its nonce does not go on from ours");
  challenge.nonce = both;
  TRY(auto salt, attribute(text, 's'));
  TRY(challenge.salt, from_base64(salt));
  TRY(auto rounds, attribute(text, 'i'));
  auto [end, failure] = std::from_chars(rounds.data(), rounds.data() + rounds.size(), challenge.rounds);
  if (failure != std::errc() || end != rounds.data() + rounds.size() || challenge.rounds < kLeastRounds ||
      challenge.rounds > kMostRounds)
    return violation(fmt::format("'{}' rounds; {} to {} are possible", excerpt(rounds, 20), kLeastRounds, kMostRounds));
  return challenge;
}

Result<Proof> scram_proof(std::string_view password, std::string_view first, std::string_view answer,
                          const Challenge& challenge) {
  Digest salted{}, client_key{}, stored_key{}, signature{}, server_key{}, server_signature{};
  auto without_proof = fmt::format("c={},r={}", to_base64("n,,"), challenge.nonce);
  auto all = fmt::format("{},{},{}", first, answer, without_proof);
  bool done = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), data_of(challenge.salt),
                                static_cast<int>(challenge.salt.size()), static_cast<int>(challenge.rounds),
                                EVP_sha256(), static_cast<int>(salted.size()), salted.data()) == 1 &&
              mac(text_of(salted), "Client Key", client_key) &&
              SHA256(client_key.data(), client_key.size(), stored_key.data()) != nullptr &&
              mac(text_of(stored_key), all, signature) && mac(text_of(salted), "Server Key", server_key) &&
              mac(text_of(server_key), all, server_signature);
  if (!done) return Error(ErrorCode::kResourceExhausted, "cannot compute the proof of the password: no memory");
  for (std::size_t i = 0; i < client_key.size(); ++i) client_key[i] ^= signature[i];
  return Proof{fmt::format("{},p={}", without_proof, to_base64(text_of(client_key))),
               to_base64(text_of(server_signature))};
}

Status scram_check(const Proof& proof, std::string_view text) {
  auto wanted = "v=" + proof.signature;
  if (text.size() == wanted.size() && CRYPTO_memcmp(text.data(), wanted.data(), wanted.size()) == 0) return {};
  return Error(ErrorCode::kUnauthenticated, "the server does not prove that it knows the password");
}

}  // namespace holter::collect::mongodb
