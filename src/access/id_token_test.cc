#include "access/id_token.h"

#include <functional>

#include <gtest/gtest.h>

#include "access/test_provider.h"
#include "testing/fake_clock.h"

namespace holter::access {
namespace {

namespace json = boost::json;

class IdTokenTest : public ::testing::Test {
 protected:
  std::int64_t now() const { return epoch_ms(clock_.wall()) / 1000; }
  json::object claims() const {
    return {{"iss", "https://login.example"},
            {"sub", "17"},
            {"aud", "holter"},
            {"exp", now() + 300},
            {"iat", now()},
            {"nonce", "n0nce"}};
  }
  std::string sign(const json::object& header, const json::object& claims) {
    return jwt(header, claims, [this](std::string_view text) { return key_.sign("RS256", text); });
  }
  /// "" when it is taken, else why not.
  std::string why_not(const std::string& text) {
    auto key = PublicKey::parse(key_.jwk("k1"));
    auto token = IdToken::parse(text, account_);
    if (!token) return token.error().message();
    auto who = token->verify(*key, {"https://login.example", "holter", "n0nce", clock_.wall()}, account_);
    return who ? "" : who.error().message();
  }
  /// The same of claims that are changed before they are signed.
  std::string why_not(const std::function<void(json::object&)>& change) {
    auto changed = claims();
    change(changed);
    return why_not(sign(kHeader, changed));
  }

  const json::object kHeader{{"alg", "RS256"}, {"kid", "k1"}, {"typ", "JWT"}};
  static constexpr const char* kBad = "cannot take the ID token: ";
  testing::FakeClock clock_;
  memory::Budget budget_{64 << 20};
  memory::Account& account_ = budget_.account("oidc");
  const SigningKey& key_ = shared_key();
};

TEST_F(IdTokenTest, says_who_it_is) {
  auto full = claims();
  full["preferred_username"] = "alice";
  full["email"] = "alice@example.org";
  full["email_verified"] = true;
  auto token = IdToken::parse(sign(kHeader, full), account_);
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_EQ(token->key_id(), "k1");
  auto who = token->verify(PublicKey::parse(key_.jwk("k1")).value(),
                           {"https://login.example", "holter", "n0nce", clock_.wall()}, account_);
  ASSERT_TRUE(who) << who.error().message();
  EXPECT_EQ(who->subject, "17");
  EXPECT_EQ(who->preferred_username, "alice");
  EXPECT_EQ(who->email, "alice@example.org");
  EXPECT_TRUE(who->email_verified);
  EXPECT_EQ(account_.held(), 0U);
}

TEST_F(IdTokenTest, is_of_the_issuer_to_the_last_character) {
  EXPECT_EQ(why_not([](auto&) {}), "");
  for (const json::value& issuer : {json::value("https://login.example/"), json::value("https://evil.example"),
                                    json::value("https://LOGIN.example"), json::value(""), json::value(nullptr),
                                    json::value(json::array{"https://login.example"})})
    EXPECT_TRUE(why_not([&](auto& c) { c["iss"] = issuer; }).contains("(iss)")) << issuer;
  EXPECT_TRUE(why_not([](auto& c) { c.erase("iss"); }).contains("(iss)"));
}

TEST_F(IdTokenTest, is_for_this_client) {
  EXPECT_EQ(why_not([](auto& c) { c["aud"] = json::array{"holter"}; }), "");
  EXPECT_EQ(why_not([](auto& c) { c["azp"] = "holter"; }), "");
  EXPECT_EQ(why_not([](auto& c) { c["aud"] = json::array{"other", "holter"}, c["azp"] = "holter"; }), "");
  for (const json::value& audience :
       {json::value("other"), json::value(json::array{}), json::value(json::array{"other"}), json::value(""),
        json::value(7), json::value(json::object{{"holter", 1}})})
    EXPECT_TRUE(why_not([&](auto& c) { c["aud"] = audience; }).contains("(aud)")) << audience;
  EXPECT_TRUE(why_not([](auto& c) { c.erase("aud"); }).contains("(aud)"));
  EXPECT_TRUE(why_not([](auto& c) { c["aud"] = json::array{"other", "holter"}; }).contains("(azp)"));
  EXPECT_TRUE(why_not([](auto& c) { c["azp"] = "other"; }).contains("(azp)"));
  EXPECT_TRUE(why_not([](auto& c) { c["azp"] = 1; }).contains("(azp)"));
}

TEST_F(IdTokenTest, is_of_now) {
  EXPECT_EQ(why_not([&](auto& c) { c["exp"] = now() - 59; }), "") << "clocks may be a minute apart";
  EXPECT_TRUE(why_not([&](auto& c) { c["exp"] = now() - 60; }).contains("expired"));
  EXPECT_EQ(why_not([&](auto& c) { c["exp"] = static_cast<double>(now()) + 0.5; }), "");
  EXPECT_EQ(why_not([&](auto& c) { c["iat"] = now() + 60; }), "");
  EXPECT_TRUE(why_not([&](auto& c) { c["iat"] = now() + 61; }).contains("to come"));
  EXPECT_EQ(why_not([&](auto& c) { c["iat"] = now() - 660; }), "");
  EXPECT_TRUE(why_not([&](auto& c) { c["iat"] = now() - 661; }).contains("too old"));
  EXPECT_TRUE(why_not([&](auto& c) { c["nbf"] = now() + 61; }).contains("(nbf)"));
  EXPECT_EQ(why_not([&](auto& c) { c["nbf"] = now(); }), "");
  for (const char* name : {"exp", "iat"}) {
    EXPECT_NE(why_not([&](auto& c) { c.erase(name); }), "") << name;
    for (const json::value& time :
         {json::value("1700000000"), json::value(-1), json::value(1e300), json::value(nullptr)})
      EXPECT_NE(why_not([&](auto& c) { c[name] = time; }), "") << name << time;
  }
}

TEST_F(IdTokenTest, is_of_this_login) {
  EXPECT_TRUE(why_not([](auto& c) { c["nonce"] = "another"; }).contains("(nonce)"));
  EXPECT_TRUE(why_not([](auto& c) { c["nonce"] = ""; }).contains("(nonce)"));
  EXPECT_TRUE(why_not([](auto& c) { c.erase("nonce"); }).contains("(nonce)"));
  auto token = IdToken::parse(sign(kHeader, {{"iss", "i"}, {"aud", "c"}, {"exp", now()}, {"iat", now()}, {"sub", "s"}}),
                              account_);
  EXPECT_FALSE(token->verify(PublicKey::parse(key_.jwk("k1")).value(), {"i", "c", "", clock_.wall()}, account_))
      << "no nonce is none that agrees";
}

TEST_F(IdTokenTest, says_somebody) {
  for (const json::value& subject :
       {json::value(""), json::value(5), json::value(nullptr), json::value(std::string(256, 's'))})
    EXPECT_TRUE(why_not([&](auto& c) { c["sub"] = subject; }).contains("(sub)")) << subject;
  EXPECT_NE(why_not([](auto& c) { c["sub"] = "\xff"; }), "") << "no JSON";
  EXPECT_EQ(why_not([](auto& c) { c["sub"] = std::string(255, 's'); }), "");
}

TEST_F(IdTokenTest, an_address_is_verified_by_true_and_nothing_else) {
  for (const json::value& value : {json::value("true"), json::value(1), json::value(nullptr), json::value(false)}) {
    auto changed = claims();
    changed["email"] = "a@b";
    changed["email_verified"] = value;
    auto who =
        check_claims(json::serialize(changed), {"https://login.example", "holter", "n0nce", clock_.wall()}, account_);
    ASSERT_TRUE(who);
    EXPECT_FALSE(who->email_verified) << value;
  }
}

TEST_F(IdTokenTest, without_a_signature_is_none) {
  auto unsigned_text = [&](const char* algorithm) {
    return jwt({{"alg", algorithm}, {"kid", "k1"}}, claims(), [](std::string_view) { return std::string(); });
  };
  for (const char* algorithm : {"none", "None", "nOnE", "NONE"}) {
    auto text = unsigned_text(algorithm);
    EXPECT_TRUE(why_not(text).starts_with("cannot take a signature by '")) << why_not(text);
    EXPECT_NE(why_not(text + "AAAA"), "");
  }
  EXPECT_NE(why_not(unsigned_text("RS256")), "");
}

/// The public key, which everybody has, as the secret of an HMAC: where "alg" decides how a key is used, that gets in.
TEST_F(IdTokenTest, signed_by_the_public_key_as_a_secret_is_refused) {
  auto jwk = key_.jwk("k1");
  for (const std::string& secret : {json::serialize(jwk), std::string(jwk.at("n").as_string())}) {
    auto text = jwt({{"alg", "HS256"}, {"kid", "k1"}}, claims(), [&](std::string_view bytes) {
      std::string out(32, '\0');
      unsigned size = 32;
      HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), secrets::as_bytes(bytes).data(), bytes.size(),
           reinterpret_cast<std::uint8_t*>(out.data()), &size);
      return out;
    });
    EXPECT_EQ(why_not(text), "cannot take a signature by 'HS256': RS256, PS256 or ES256 is needed");
  }
}

TEST_F(IdTokenTest, by_another_key_or_changed_after_signing_is_refused) {
  auto other = SigningKey::rsa();
  auto forged = jwt(kHeader, claims(), [&](std::string_view text) { return other.sign("RS256", text); });
  EXPECT_EQ(why_not(forged), std::string(kBad) + "its signature is not by the provider's key");
  auto good = sign(kHeader, claims());
  auto changed = claims();
  changed["sub"] = "18";
  auto first = good.find('.'), second = good.rfind('.');
  auto swapped = good.substr(0, first + 1) + base64url(json::serialize(changed)) + good.substr(second);
  EXPECT_NE(why_not(swapped), "");
  auto header = base64url(R"({"alg":"PS256","kid":"k1"})") + good.substr(first);
  EXPECT_NE(why_not(header), "");
}

TEST_F(IdTokenTest, garbage_is_refused_and_never_quoted) {
  auto good = sign(kHeader, claims());
  EXPECT_EQ(why_not(good), "");
  std::vector<std::string> bad{"",
                               ".",
                               "..",
                               "...",
                               "a.b.c",
                               good + ".",
                               good + ".x",
                               "." + good,
                               good + "=",
                               " " + good,
                               good + "\n",
                               std::string(20'000, 'a'),
                               std::string(20'000, '.'),
                               std::string("\0.\0.\0", 5)};
  for (std::size_t cut : {1U, 10U, 100U, 400U}) bad.push_back(good.substr(0, good.size() - cut));
  for (const auto& text : bad) EXPECT_NE(why_not(text), "") << text.substr(0, 40);
  for (auto part : {R"({"alg":"RS256","crit":["exp"]})", R"({"alg":["RS256"]})", "[]", "{}", R"({"alg":1})", "{"}) {
    auto text = base64url(part) + good.substr(good.find('.'));
    EXPECT_NE(why_not(text), "") << part;
  }
  auto secret = why_not(sign(
      kHeader,
      {{"iss", "https://login.example"}, {"aud", "holter"}, {"nonce", "hunter2"}, {"exp", now()}, {"iat", now()}}));
  EXPECT_FALSE(secret.contains("hunter2")) << secret;
}

TEST_F(IdTokenTest, no_memory_is_an_error_of_its_own) {
  auto good = sign(kHeader, claims());
  account_.set_limit(1000);
  auto token = IdToken::parse(good, account_);
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code(), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace holter::access
