#include "access/id_token.h"

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "access/oidc_json.h"
#include "base/units.h"
#include "base/utf8.h"
#include "secrets/primitives.h"

namespace holter::access {
namespace {

constexpr std::size_t kMostSubject = 255;  // bytes of ASCII (Core 1.0, 2)
constexpr std::size_t kMostText = 320;     // bytes of a name or an address that is kept

Error refused(std::string_view why) {
  return {ErrorCode::kProtocolViolation, fmt::format("cannot take the ID token: {}", why)};
}

Result<std::string> decoded(std::string_view part, std::string_view what) {
  std::string bytes(secrets::base64_bytes(part.size()), '\0');
  auto* to = reinterpret_cast<std::uint8_t*>(bytes.data());
  if (part.empty() || !secrets::from_base64(part, secrets::Base64::kUrl, {to, bytes.size()}))
    return refused(fmt::format("its {} is not Base64url", what));
  return bytes;
}

/// Seconds since 1970 (RFC 7519, 2: NumericDate); nothing where it is missing or no time.
std::optional<double> time_of(const ForeignObject& claims, std::string_view name) {
  constexpr double kLast = 1e11;
  const auto* value = claims.find(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  auto time = value->to_number<double>();
  if (!std::isfinite(time) || time < 0 || time > kLast) return std::nullopt;
  return time;
}

Status check_audience(const ForeignObject& claims, const std::string& client_id) {
  std::vector<std::string_view> audience;
  if (auto one = claims.text("aud")) audience.push_back(*one);
  if (const auto* list = claims.find("aud"); list != nullptr && list->is_array())
    for (const auto& value : list->get_array())
      audience.push_back(value.is_string() ? std::string_view(value.get_string()) : std::string_view());
  bool for_us = false;
  for (auto name : audience) for_us = for_us || name == client_id;
  if (!for_us) return refused("it is for somebody else (aud)");
  // With others beside us the party that it was issued to must be said, and be us.
  if (audience.size() > 1 && claims.find("azp") == nullptr)
    return refused("it is for several, and does not say whose it is (azp)");
  if (claims.find("azp") != nullptr && claims.text("azp") != client_id)
    return refused("it was issued to somebody else (azp)");
  return {};
}

Status check_times(const ForeignObject& claims, WallTime wall) {
  auto now = static_cast<double>(epoch_ms(wall)) / 1000;
  auto skew = static_cast<double>(kClockSkew.count());
  auto expires = time_of(claims, "exp"), issued = time_of(claims, "iat");
  if (!expires || !issued) return refused("it does not say from when (iat) until when (exp) it counts");
  if (now >= *expires + skew) return refused("it has expired (exp)");
  if (*issued > now + skew) return refused("it is of a time to come (iat); is one of the clocks wrong?");
  if (*issued < now - static_cast<double>(kMostIdTokenAge.count()) - skew)
    return refused("it is too old (iat); is one of the clocks wrong?");
  if (claims.find("nbf") == nullptr) return {};
  auto begins = time_of(claims, "nbf");
  if (!begins || *begins > now + skew) return refused("it does not count yet (nbf)");
  return {};
}

/// A text that may be shown; empty where it is missing, too long or not UTF-8.
std::string shown(const ForeignObject& claims, std::string_view name) {
  auto text = claims.text(name).value_or("");
  std::string scratch;
  if (text.size() > kMostText || as_utf8(text, scratch).data() != text.data()) return {};
  return std::string(text);
}

}  // namespace

Result<IdToken> IdToken::parse(std::string_view text, memory::Account& account) {
  if (text.size() > kMostBytes)
    return refused(fmt::format("it has {} bytes, {} are the most", text.size(), kMostBytes));
  auto first = text.find('.');
  auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos)
    return refused("it does not have three parts");
  TRY(auto header_text, decoded(text.substr(0, first), "header"));
  TRY(auto header, ForeignObject::parse(header_text, "the ID token's header", account));
  if (header.find("crit") != nullptr)
    return refused("it wants an extension to be understood (crit)");  // RFC 7515, 4.1.11
  auto algorithm = header.text("alg");
  if (!algorithm) return refused("it does not say how it is signed (alg)");
  IdToken token;
  TRY(token.algorithm_, parse_algorithm(*algorithm));
  token.key_id_ = header.text("kid").value_or("");
  TRY(token.claims_, decoded(text.substr(first + 1, second - first - 1), "list of claims"));
  TRY(token.signature_, decoded(text.substr(second + 1), "signature"));
  token.text_ = text.substr(0, second);
  return token;
}

Result<IdClaims> IdToken::verify(const PublicKey& key, const IdExpectation& expected, memory::Account& account) const {
  if (!key.has_signed(algorithm_, text_, signature_)) return refused("its signature is not by the provider's key");
  return check_claims(claims_, expected, account);
}

Result<IdClaims> check_claims(std::string_view json, const IdExpectation& expected, memory::Account& account) {
  TRY(auto claims, ForeignObject::parse(json, "the ID token's claims", account));
  auto issuer = claims.text("iss");
  if (issuer != expected.issuer)
    return refused(
        fmt::format("it is of the issuer '{}', not '{}' (iss)", excerpt(issuer.value_or("")), expected.issuer));
  TRY_OK(check_audience(claims, expected.client_id));
  TRY_OK(check_times(claims, expected.now));
  if (expected.nonce.empty() || claims.text("nonce") != expected.nonce)
    return refused("it is of another login (nonce)");
  IdClaims who;
  who.subject = shown(claims, "sub");
  if (who.subject.empty() || who.subject.size() > kMostSubject) return refused("it does not say who it is (sub)");
  who.preferred_username = shown(claims, "preferred_username");
  who.email = shown(claims, "email");
  const auto* verified = claims.find("email_verified");
  who.email_verified = verified != nullptr && verified->is_bool() && verified->get_bool();
  return who;
}

}  // namespace holter::access
