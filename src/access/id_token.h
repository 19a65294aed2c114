#pragma once

#include <string>
#include <string_view>

#include "access/jwk.h"
#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"

namespace holter::access {

/// Who somebody is, as an ID token that was checked says (OpenID Connect Core 1.0, 2 and 5.1).
struct IdClaims {
  std::string subject;             ///< never empty
  std::string preferred_username;  ///< may be empty, as the next one
  std::string email;
  bool email_verified = false;
};

/// What the claims of an ID token must agree with.
struct IdExpectation {
  std::string issuer, client_id, nonce;
  WallTime now{};
};

/// An ID token as it came: a signed JWT in its compact form (RFC 7519, RFC 7515, 3.1). What it claims comes out of it
/// only by verify().
class IdToken {
 public:
  static constexpr std::size_t kMostBytes = 16 * 1024;

  /// Takes it apart. Errors: kProtocolViolation for what is no such text, for another algorithm than those of
  /// SignatureAlgorithm, and for extensions that must be understood ("crit"); kResourceExhausted. Messages do not quote
  /// it.
  static Result<IdToken> parse(std::string_view text, memory::Account& account);

  SignatureAlgorithm algorithm() const { return algorithm_; }
  const std::string& key_id() const { return key_id_; }  ///< "kid"; may be empty

  /// Its claims, when that key has signed them and they are what is expected (OpenID Connect Core 1.0, 3.1.3.7).
  /// Errors: kProtocolViolation; kResourceExhausted.
  Result<IdClaims> verify(const PublicKey& key, const IdExpectation& expected, memory::Account& account) const;

 private:
  IdToken() = default;
  std::string text_;  // what is signed: header and claims
  std::string claims_, signature_;
  SignatureAlgorithm algorithm_{};
  std::string key_id_;
};

/// How far clocks may be apart.
inline constexpr seconds kClockSkew{60};
/// An ID token that was made longer ago is not the answer to a login of now.
inline constexpr seconds kMostIdTokenAge{600};

/// Checks claims but for their signature, as JSON text. For IdToken, and for tests of it. Errors: kProtocolViolation,
/// kResourceExhausted.
Result<IdClaims> check_claims(std::string_view json, const IdExpectation& expected, memory::Account& account);

}  // namespace holter::access
