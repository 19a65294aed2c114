#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "access/oidc_provider.h"
#include "base/check.h"
#include "secrets/primitives.h"

namespace holter::access {

inline std::string base64url(std::string_view bytes) {
  return secrets::to_base64(secrets::as_bytes(bytes), secrets::Base64::kUrl);
}

/// For tests: a key pair that signs as a provider does.
class SigningKey {
 public:
  static SigningKey rsa(unsigned bits = 2048) { return SigningKey(EVP_RSA_gen(bits)); }
  static SigningKey p256() { return SigningKey(EVP_EC_gen("P-256")); }

  /// The public half as a JWK.
  boost::json::object jwk(std::string_view id) const {
    boost::json::object jwk{{"kid", id}, {"use", "sig"}};
    if (EVP_PKEY_is_a(key_.get(), "RSA") == 1) {
      jwk["kty"] = "RSA";
      jwk["n"] = base64url(number(OSSL_PKEY_PARAM_RSA_N));
      jwk["e"] = base64url(number(OSSL_PKEY_PARAM_RSA_E));
    } else {
      jwk["kty"] = "EC";
      jwk["crv"] = "P-256";
      jwk["x"] = base64url(padded(number(OSSL_PKEY_PARAM_EC_PUB_X)));
      jwk["y"] = base64url(padded(number(OSSL_PKEY_PARAM_EC_PUB_Y)));
    }
    return jwk;
  }

  /// The signature of a JWS by RS256, PS256 or ES256.
  std::string sign(std::string_view algorithm, std::string_view bytes) const {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_PKEY_CTX* options = nullptr;
    CHECK(EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key_.get()) == 1);
    if (algorithm == "PS256") {
      CHECK(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1);
      CHECK(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1);
    }
    auto view = secrets::as_bytes(bytes);
    std::size_t size = 0;
    CHECK(EVP_DigestSign(context.get(), nullptr, &size, view.data(), view.size()) == 1);
    std::string signature(size, '\0');
    auto* to = reinterpret_cast<std::uint8_t*>(signature.data());
    CHECK(EVP_DigestSign(context.get(), to, &size, view.data(), view.size()) == 1);
    signature.resize(size);
    return algorithm == "ES256" ? raw(signature) : signature;
  }

 private:
  explicit SigningKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) { CHECK(key != nullptr); }

  static std::string bytes_of(const BIGNUM* number) {
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, reinterpret_cast<std::uint8_t*>(bytes.data()));
    return bytes;
  }
  static std::string padded(std::string bytes) { return std::string(32 - bytes.size(), '\0') + bytes; }
  std::string number(const char* name) const {
    BIGNUM* number = nullptr;
    CHECK(EVP_PKEY_get_bn_param(key_.get(), name, &number) == 1);
    auto bytes = bytes_of(number);
    BN_free(number);
    return bytes;
  }
  static std::string raw(const std::string& der) {
    const auto* at = reinterpret_cast<const std::uint8_t*>(der.data());
    std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
    CHECK(pair != nullptr);
    return padded(bytes_of(ECDSA_SIG_get0_r(pair.get()))) + padded(bytes_of(ECDSA_SIG_get0_s(pair.get())));
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

/// One for all tests that need only one: making it takes a while.
inline const SigningKey& shared_key() {
  static const SigningKey key = SigningKey::rsa();
  return key;
}

/// A JWT of these parts, with whatever signature.
inline std::string jwt(const boost::json::object& header, const boost::json::object& claims,
                       const std::function<std::string(std::string_view)>& sign) {
  auto text = base64url(boost::json::serialize(header)) + "." + base64url(boost::json::serialize(claims));
  return text + "." + base64url(sign(text));
}

/// For tests: a provider without a socket, which answers by OidcFetch.
class FakeProvider {
 public:
  explicit FakeProvider(const Clock& clock) : clock_(clock) {
    metadata = {{"issuer", kIssuer},
                {"authorization_endpoint", std::string(kIssuer) + "/auth"},
                {"token_endpoint", std::string(kIssuer) + "/token"},
                {"jwks_uri", std::string(kIssuer) + "/keys"},
                {"authorization_response_iss_parameter_supported", true}};
    jwks.push_back(key.jwk("k1"));
  }
  static constexpr const char* kIssuer = "https://login.example/realms/main";
  static constexpr const char* kClient = "holter";
  static constexpr const char* kCallback = "https://holter.example/api/v1/login/oidc/callback";

  OidcOptions options() {
    OidcOptions options;
    options.issuer = kIssuer;
    options.client_id = kClient;
    options.client_secret = "s3cret:%&";
    options.name = "Example";
    options.fetch = [this](OidcRequest request, MonoTime) { return answer(std::move(request)); };
    return options;
  }

  /// A query parameter of the URL that a browser was sent to, as it was written.
  static std::string parameter(const std::string& url, const std::string& name) {
    auto at = url.find(name + "=");
    if (at == std::string::npos) return {};
    at += name.size() + 1;
    return url.substr(at, url.find('&', at) - at);
  }

  /// What somebody does there who agrees: a code, which is worth a token of these claims once.
  std::string agree(const std::string& url, const std::string& subject, boost::json::object more = {}) {
    auto code = "code" + std::to_string(++codes_);
    auto now = epoch_ms(clock_.wall()) / 1000;
    boost::json::object claims{{"iss", kIssuer},   {"sub", subject}, {"aud", kClient},
                               {"exp", now + 300}, {"iat", now},     {"nonce", parameter(url, "nonce")}};
    for (const auto& [name, value] : more) claims[name] = value;
    grants_[code] = {parameter(url, "code_challenge"), std::move(claims)};
    return code;
  }

  /// Signs what is given out; what a test sets takes the place of it.
  std::function<std::string(const boost::json::object& claims)> make_token = [this](const boost::json::object& claims) {
    return jwt({{"alg", "RS256"}, {"kid", "k1"}}, claims,
               [this](std::string_view text) { return key.sign("RS256", text); });
  };

  const SigningKey& key = shared_key();
  boost::json::object metadata;
  boost::json::array jwks;
  std::map<std::string, int> asked;             ///< by the end of the URL: "token"
  std::map<std::string, OidcResponse> instead;  ///< likewise: that is answered; status 0: nothing
  std::vector<OidcRequest> token_requests;

 private:
  struct Given {
    std::string challenge;
    boost::json::object claims;
  };

  boost::asio::awaitable<Result<OidcResponse>> answer(OidcRequest request) {
    auto end = request.url.substr(request.url.rfind('/') + 1);
    ++asked[end];
    if (auto found = instead.find(end); found != instead.end()) {
      if (found->second.status == 0) co_return Error(ErrorCode::kUnavailable, "cannot connect: refused");
      co_return OidcResponse{found->second.status, found->second.body, {}};
    }
    if (end == "openid-configuration") co_return OidcResponse{200, boost::json::serialize(metadata), {}};
    if (end == "keys") co_return OidcResponse{200, boost::json::serialize(boost::json::object{{"keys", jwks}}), {}};
    token_requests.push_back(request);
    co_return token(request);
  }

  OidcResponse token(const OidcRequest& request) {
    auto found = grants_.find(parameter(request.form, "code"));
    auto verifier = parameter(request.form, "code_verifier");
    std::string hash(SHA256_DIGEST_LENGTH, '\0');
    SHA256(secrets::as_bytes(verifier).data(), verifier.size(), reinterpret_cast<std::uint8_t*>(hash.data()));
    if (found == grants_.end() || base64url(hash) != found->second.challenge)
      return {400, R"({"error":"invalid_grant"})", {}};
    auto claims = std::move(found->second.claims);
    grants_.erase(found);
    boost::json::object body{{"access_token", "x"}, {"token_type", "Bearer"}, {"id_token", make_token(claims)}};
    return {200, boost::json::serialize(body), {}};
  }

  const Clock& clock_;
  std::map<std::string, Given> grants_;
  int codes_ = 0;
};

}  // namespace holter::access
