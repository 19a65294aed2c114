#include "access/jwk.h"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "access/oidc_json.h"
#include "base/units.h"
#include "secrets/primitives.h"

namespace holter::access {
namespace {

constexpr int kLeastRsaBits = 2048;  // RFC 7518, 3.3
constexpr int kMostRsaBits = 8192;   // what a signature costs to check has a bound
constexpr std::size_t kMostExponent = 8;
constexpr std::size_t kCoordinate = 32;  // bytes of a number of P-256

template <auto Function>
struct Calls {
  template <class T>
  void operator()(T* object) const {
    Function(object);
  }
};
using Number = std::unique_ptr<BIGNUM, Calls<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Calls<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Calls<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Calls<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Calls<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Calls<ECDSA_SIG_free>>;

/// TLS connections of the same thread look at the same queue of errors.
struct NoErrorsLeft {
  ~NoErrorsLeft() { ERR_clear_error(); }
};

Error refused(std::string_view why) {
  return {ErrorCode::kProtocolViolation, fmt::format("cannot use a key: {}", why)};
}

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

/// The bytes of a member in Base64url (RFC 7518, 2), of which there may be `most`.
Result<std::string> bytes_of(const boost::json::object& jwk, std::string_view name, std::size_t most) {
  auto text = ForeignObject::text_of(jwk, name);
  if (!text || text->empty()) return refused(fmt::format("it has no '{}'", name));
  std::string bytes(secrets::base64_bytes(text->size()), '\0');
  if (bytes.size() > most) return refused(fmt::format("its '{}' is too long", name));
  auto* to = reinterpret_cast<std::uint8_t*>(bytes.data());
  if (!secrets::from_base64(*text, secrets::Base64::kUrl, {to, bytes.size()}))
    return refused(fmt::format("its '{}' is not Base64url", name));
  return bytes;
}

EVP_PKEY* make_key(const char* type, OSSL_PARAM_BLD* builder) {
  Params params(OSSL_PARAM_BLD_to_param(builder));
  KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return key;
}

/// A signature of a JWS as OpenSSL takes it (RFC 3279, 2.2.3); empty for what is none.
std::string to_der(std::string_view signature) {
  if (signature.size() != 2 * kCoordinate) return {};
  EcSignature pair(ECDSA_SIG_new());
  Number r(BN_bin2bn(bytes_of(signature), kCoordinate, nullptr));
  Number s(BN_bin2bn(bytes_of(signature) + kCoordinate, kCoordinate, nullptr));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();  // they are the pair's now
  (void)s.release();
  std::uint8_t* der = nullptr;
  auto size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return {};
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

Result<SignatureAlgorithm> parse_algorithm(std::string_view name) {
  if (name == "RS256") return SignatureAlgorithm::kRs256;
  if (name == "PS256") return SignatureAlgorithm::kPs256;
  if (name == "ES256") return SignatureAlgorithm::kEs256;
  return Error(ErrorCode::kProtocolViolation,
               fmt::format("cannot take a signature by '{}': RS256, PS256 or ES256 is needed", excerpt(name)));
}

void PublicKey::Free::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

Result<PublicKey> PublicKey::parse_rsa(const boost::json::object& jwk) {
  TRY(auto modulus, bytes_of(jwk, "n", kMostRsaBits / 8 + 1));
  TRY(auto exponent, bytes_of(jwk, "e", kMostExponent));
  Number n(BN_bin2bn(bytes_of(modulus), static_cast<int>(modulus.size()), nullptr));
  Number e(BN_bin2bn(bytes_of(exponent), static_cast<int>(exponent.size()), nullptr));
  if (!n || !e) return refused("out of memory");
  if (BN_num_bits(n.get()) < kLeastRsaBits || BN_num_bits(n.get()) > kMostRsaBits || !BN_is_odd(n.get()))
    return refused(
        fmt::format("RSA with {} bits; {} to {} are needed", BN_num_bits(n.get()), kLeastRsaBits, kMostRsaBits));
  if (!BN_is_odd(e.get()) || BN_is_one(e.get())) return refused("its exponent is none of RSA");
  Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return refused("out of memory");
  Handle key(make_key("RSA", builder.get()));
  if (!key) return refused("it is no RSA key");
  return PublicKey(std::move(key), true);
}

Result<PublicKey> PublicKey::parse_p256(const boost::json::object& jwk) {
  if (ForeignObject::text_of(jwk, "crv") != "P-256") return refused("its curve is not P-256");
  TRY(auto x, bytes_of(jwk, "x", kCoordinate));
  TRY(auto y, bytes_of(jwk, "y", kCoordinate));
  if (x.size() != kCoordinate || y.size() != kCoordinate) return refused("its point is not one of P-256");
  auto point = "\x04" + x + y;  // uncompressed (SEC 1, 2.3.3)
  Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return refused("out of memory");
  Handle key(make_key("EC", builder.get()));
  if (!key) return refused("its point is not one of P-256");
  return PublicKey(std::move(key), false);
}

Result<PublicKey> PublicKey::parse(const boost::json::object& jwk) {
  NoErrorsLeft none;
  if (auto use = ForeignObject::text_of(jwk, "use"); use && *use != "sig") return refused("it is not for signatures");
  auto kind = ForeignObject::text_of(jwk, "kty");
  if (kind != "RSA" && kind != "EC") return refused("it is neither RSA nor EC");
  TRY(auto key, kind == "RSA" ? parse_rsa(jwk) : parse_p256(jwk));
  key.id_ = ForeignObject::text_of(jwk, "kid").value_or("");
  key.algorithm_ = ForeignObject::text_of(jwk, "alg").value_or("");
  return key;
}

bool PublicKey::is_for(SignatureAlgorithm algorithm) const {
  if (rsa_ != (algorithm != SignatureAlgorithm::kEs256)) return false;
  if (algorithm_.empty()) return true;
  auto only = parse_algorithm(algorithm_);
  return only && *only == algorithm;
}

bool PublicKey::has_signed(SignatureAlgorithm algorithm, std::string_view bytes, std::string_view signature) const {
  if (!is_for(algorithm)) return false;
  NoErrorsLeft none;
  auto form = algorithm == SignatureAlgorithm::kEs256 ? to_der(signature) : std::string(signature);
  DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;  // the context's
  if (form.empty() || !context || EVP_DigestVerifyInit(context.get(), &options, EVP_sha256(), nullptr, key_.get()) != 1)
    return false;
  // RFC 7518, 3.5: MGF1 by the same hash, and a salt as long as it.
  if (algorithm == SignatureAlgorithm::kPs256 &&
      (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1))
    return false;
  return EVP_DigestVerify(context.get(), bytes_of(form), form.size(), bytes_of(bytes), bytes.size()) == 1;
}

Result<KeySet> KeySet::parse(std::string_view json, memory::Account& account) {
  TRY(auto object, ForeignObject::parse(json, "the provider's keys", account));
  const auto* list = object.find("keys");
  if (list == nullptr || !list->is_array())
    return Error(ErrorCode::kProtocolViolation, "cannot read the provider's keys: there is no list of them");
  if (list->get_array().size() > kMostKeys)
    return Error(ErrorCode::kProtocolViolation, fmt::format("cannot take {} keys of the provider: {} are the most",
                                                            list->get_array().size(), kMostKeys));
  KeySet set;
  for (const auto& value : list->get_array()) {
    if (!value.is_object()) continue;
    // Kinds that are not known are for others (RFC 7517, 5).
    if (auto key = PublicKey::parse(value.get_object())) set.keys_.push_back(std::move(*key));
  }
  return set;
}

const PublicKey* KeySet::find(std::string_view id, SignatureAlgorithm algorithm) const {
  const PublicKey* found = nullptr;
  for (const auto& key : keys_) {
    if (!key.is_for(algorithm) || (!id.empty() && key.id() != id)) continue;
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

}  // namespace holter::access
