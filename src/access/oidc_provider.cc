#include "access/oidc_provider.h"

#include <algorithm>

#include <fmt/format.h>

#include "access/oidc_json.h"
#include "base/percent.h"
#include "base/units.h"
#include "base/web_url.h"

namespace holter::access {
namespace {

using boost::asio::awaitable;

constexpr std::string_view kWellKnown = "/.well-known/openid-configuration";

Error refused(std::string why) {
  return {ErrorCode::kProtocolViolation, "cannot use the OpenID Connect provider: " + std::move(why)};
}

/// An endpoint that secrets go to: with an issuer by https, so are they.
Result<std::string> endpoint_of(const ForeignObject& object, std::string_view name, std::string_view issuer) {
  auto url = object.text(name);
  if (!url) return refused(fmt::format("it does not say its {}", name));
  if (auto fit = check_web_url(*url); !fit) return refused(fmt::format("its {}: {}", name, fit.error().message()));
  if (issuer.starts_with("https://") && !url->starts_with("https://"))
    return refused(fmt::format("its {} is not https:// as its issuer is", name));
  return std::string(*url);
}

}  // namespace

std::string to_form(const FormFields& fields) {
  std::string form;
  for (const auto& [name, value] : fields)
    form += fmt::format("{}{}={}", form.empty() ? "" : "&", percent_encoded(name), percent_encoded(value));
  return form;
}

awaitable<Result<OidcResponse>> OidcProvider::get(std::string url, MonoTime deadline) {
  CO_TRY(auto response, co_await options_.fetch({.url = url}, deadline));
  if (response.status != 200) co_return refused(fmt::format("{} answers with status {}", url, response.status));
  co_return std::move(response);
}

awaitable<Result<std::shared_ptr<const OidcProvider::Endpoints>>> OidcProvider::endpoints(MonoTime deadline) {
  if (endpoints_ && clock_.mono() < endpoints_end_) co_return endpoints_;
  const auto& issuer = options_.issuer;
  // Discovery 1.0, 4.1: a slash at its end is taken off first.
  auto base = issuer.ends_with('/') ? issuer.substr(0, issuer.size() - 1) : issuer;
  CO_TRY(auto response, co_await get(base + std::string(kWellKnown), deadline));
  CO_TRY(auto object, ForeignObject::parse(response.body, "what the OpenID Connect provider says of itself", account_));
  // Discovery 1.0, 4.3: else one provider could speak for another.
  if (auto said = object.text("issuer"); said != issuer)
    co_return refused(
        fmt::format("it calls itself '{}', and access.oidc.issuer is '{}'; both must be the same to the "
                    "last character",
                    excerpt(said.value_or("")), issuer));
  auto found = std::make_shared<Endpoints>();
  CO_TRY(found->authorization, endpoint_of(object, "authorization_endpoint", issuer));
  CO_TRY(found->token, endpoint_of(object, "token_endpoint", issuer));
  CO_TRY(found->keys, endpoint_of(object, "jwks_uri", issuer));
  const auto* sends = object.find("authorization_response_iss_parameter_supported");
  found->sends_issuer = sends != nullptr && sends->is_bool() && sends->get_bool();
  endpoints_ = found;
  endpoints_end_ = clock_.mono() + kKept;
  co_return endpoints_;
}

awaitable<Result<std::shared_ptr<const KeySet>>> OidcProvider::keys(bool again, MonoTime deadline) {
  auto now = clock_.mono();
  bool fresh = keys_ && now < keys_end_;
  if (fresh && (!again || now < keys_again_)) co_return keys_;
  CO_TRY(auto where, co_await endpoints(deadline));
  keys_again_ = clock_.mono() + kKeysAgain;  // also where it fails, and for those that come meanwhile
  CO_TRY(auto response, co_await get(where->keys, deadline));
  CO_TRY(auto set, KeySet::parse(response.body, account_));
  keys_ = std::make_shared<const KeySet>(std::move(set));
  keys_end_ = clock_.mono() + kKept;
  co_return keys_;
}

awaitable<Result<std::string>> OidcProvider::ask_for_token(Grant grant, MonoTime deadline) {
  CO_TRY(auto where, co_await endpoints(deadline));
  FormFields fields{{"grant_type", "authorization_code"},
                    {"code", grant.code},
                    {"redirect_uri", grant.redirect_uri},
                    {"code_verifier", grant.verifier}};
  OidcRequest request{.url = where->token};
  if (options_.client_secret.empty()) {
    fields.emplace_back("client_id", options_.client_id);
  } else {  // client_secret_basic; both are encoded first (RFC 6749, 2.3.1)
    request.user = percent_encoded(options_.client_id);
    request.password = percent_encoded(options_.client_secret);
  }
  request.form = to_form(fields);
  CO_TRY(auto response, co_await options_.fetch(std::move(request), deadline));
  auto object = ForeignObject::parse(response.body, "the answer of the token endpoint", account_);
  if (response.status != 200) {
    auto why = object ? object->text("error").value_or("") : std::string_view();
    auto more = object ? object->text("error_description").value_or("") : std::string_view();
    bool refusal = response.status == 400 || response.status == 401;  // RFC 6749, 5.2
    co_return Error(refusal ? ErrorCode::kUnauthenticated : ErrorCode::kUnavailable,
                    fmt::format("cannot redeem the provider's code: its token endpoint answers with status {} '{}' {}",
                                response.status, excerpt(why), excerpt(more, 200)));
  }
  if (!object) co_return std::move(object).error();
  auto token = object->text("id_token");
  if (!token) co_return refused("its token endpoint gives no ID token; is 'openid' among access.oidc.scopes?");
  if (token->size() > IdToken::kMostBytes) co_return refused("its ID token is too long");
  co_return std::string(*token);
}

awaitable<Result<IdClaims>> OidcProvider::redeem(Grant grant, MonoTime deadline) {
  IdExpectation expected{options_.issuer, options_.client_id, grant.nonce, {}};
  CO_TRY(auto text, co_await ask_for_token(std::move(grant), deadline));
  CO_TRY(auto token, IdToken::parse(text, account_));
  CO_TRY(auto known, co_await keys(false, deadline));
  const auto* key = known->find(token.key_id(), token.algorithm());
  if (key == nullptr) {  // a provider changes its keys now and then (Core 1.0, 10.1.1)
    CO_TRY(known, co_await keys(true, deadline));
    key = known->find(token.key_id(), token.algorithm());
  }
  if (key == nullptr)
    co_return refused(fmt::format("its ID token is signed by the key '{}', which is not among its {} keys",
                                  excerpt(token.key_id()), known->size()));
  expected.now = clock_.wall();
  co_return token.verify(*key, expected, account_);
}

}  // namespace holter::access
