#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "secrets/secret_text.h"

namespace holter::secrets {

enum class TokenKind : std::uint8_t {
  kApi,      ///< of a program, in "Authorization: Bearer ..."
  kSession,  ///< of a browser that logged in, in a cookie
  kSetup,    ///< once, to make the first user
};

/// What is stored of a token: BLAKE2b-256, apart for each kind. A token has 256 random bits, so that a quick hash
/// without salt is enough. Text: "v1.<64 hexadecimal digits>", to find a row by.
class TokenHash {
 public:
  static constexpr std::size_t kBytes = 32;
  /// Errors: kCorruption, without the text.
  static Result<TokenHash> parse(std::string_view text);

  std::string text() const;
  /// Takes the same time whatever differs.
  bool operator==(const TokenHash& other) const;

 private:
  friend class AnyToken;
  std::array<std::uint8_t, kBytes> bytes_{};
};

/// 32 random bytes that stand for a right, as a text "holter_<43 characters><6 of checksum>", docs/formats/secrets.md:
/// by prefix and checksum secret scanners find leaked ones. Overwritten when it dies. Use one of the kinds below.
class AnyToken {
 public:
  static constexpr std::size_t kBytes = 32;
  static constexpr std::string_view kPrefix = "holter_";
  static constexpr std::size_t kTextBytes = 7 + 43 + 6;

  /// To show once, and never to store.
  SecretText text() const;
  TokenHash hash() const;
  TokenKind kind() const { return kind_; }

  AnyToken(AnyToken&& other) noexcept;
  AnyToken& operator=(AnyToken&& other) noexcept;
  ~AnyToken();

 protected:
  explicit AnyToken(TokenKind kind) : kind_(kind) {}
  void fill_randomly();
  Status fill(std::string_view text);
  /// HMAC-SHA-256 (RFC 2104) of `purpose` by the token, in hexadecimal digits.
  std::string derive(std::string_view purpose) const;

 private:
  TokenKind kind_;
  std::array<std::uint8_t, kBytes> bytes_{};
};

template <TokenKind Kind>
class Token : public AnyToken {
 public:
  static Token random() {
    Token token;
    token.fill_randomly();
    return token;
  }
  /// What a client sent. A text of the right form may still be no token of ours: look up its hash. Errors:
  /// kUnauthenticated, without the text.
  static Result<Token> parse(std::string_view text) {
    Token token;
    TRY_OK(token.fill(text));
    return token;
  }

 protected:
  Token() : AnyToken(Kind) {}
};

using ApiToken = Token<TokenKind::kApi>;
using SetupToken = Token<TokenKind::kSetup>;

class SessionToken : public Token<TokenKind::kSession> {
 public:
  SessionToken(Token<TokenKind::kSession> token) : Token(std::move(token)) {}  // NOLINT: implicit on purpose
  static SessionToken random() { return Token::random(); }
  static Result<SessionToken> parse(std::string_view text) {
    TRY(auto token, Token::parse(text));
    return SessionToken(std::move(token));
  }

  /// What each request of this session that changes something must bring besides the cookie, which browsers send by
  /// themselves. The same for the whole session, not stored, and tells nothing of the session. 64 hexadecimal digits.
  std::string csrf() const;
  /// Takes the same time for any text of the right length.
  bool accepts_csrf(std::string_view text) const;
};

}  // namespace holter::secrets
