#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/account.h"

struct evp_pkey_st;

namespace holter::access {

/// How an ID token may be signed (RFC 7518, 3.1). All of them by a key pair: "none" and what is signed by a shared
/// secret (HS256) are not even known, so that no header of a token can ask for them.
enum class SignatureAlgorithm : std::uint8_t { kRs256, kPs256, kEs256 };

/// Errors: kProtocolViolation.
Result<SignatureAlgorithm> parse_algorithm(std::string_view name);

/// A public key of a provider (RFC 7517): RSA of 2048 to 8192 bits, or P-256.
class PublicKey {
 public:
  /// Errors: kProtocolViolation for a key of another kind or size, or that is none, or is not for signatures.
  static Result<PublicKey> parse(const boost::json::object& jwk);

  const std::string& id() const { return id_; }  ///< "kid"; may be empty
  bool is_for(SignatureAlgorithm algorithm) const;
  /// Whether it has signed these bytes so. `signature` as in a JWS: of ES256 r and s, 32 bytes each (RFC 7518, 3.4).
  bool has_signed(SignatureAlgorithm algorithm, std::string_view bytes, std::string_view signature) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  using Handle = std::unique_ptr<evp_pkey_st, Free>;
  PublicKey(Handle key, bool rsa) : key_(std::move(key)), rsa_(rsa) {}
  static Result<PublicKey> parse_rsa(const boost::json::object& jwk);
  static Result<PublicKey> parse_p256(const boost::json::object& jwk);

  Handle key_;
  bool rsa_;
  std::string id_, algorithm_;  // algorithm_: the only one that it is for; may be empty
};

/// The keys of a provider: a JSON Web Key Set (RFC 7517, 5). Keys of kinds that are not known here are left out.
class KeySet {
 public:
  static constexpr std::size_t kMostKeys = 64;

  /// Errors: kProtocolViolation for what is no key set, or has more than kMostKeys; kResourceExhausted.
  static Result<KeySet> parse(std::string_view json, memory::Account& account);

  /// The key of that id for that algorithm. Without an id the only one for it. Null when there is none, or cannot be
  /// told.
  const PublicKey* find(std::string_view id, SignatureAlgorithm algorithm) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::vector<PublicKey> keys_;
};

}  // namespace holter::access
