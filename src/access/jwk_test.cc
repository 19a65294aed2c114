#include "access/jwk.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

#include "access/test_provider.h"

namespace holter::access {
namespace {

namespace json = boost::json;
using enum SignatureAlgorithm;

class Jwk : public ::testing::Test {
 protected:
  static Result<PublicKey> parse(const json::object& jwk) { return PublicKey::parse(jwk); }
  Result<KeySet> set(const json::array& keys) {
    return KeySet::parse(json::serialize(json::object{{"keys", keys}}), account_);
  }
  memory::Budget budget_{64 << 20};
  memory::Account& account_ = budget_.account("oidc");
};

TEST_F(Jwk, knows_the_example_of_rfc_7515_a_2_and_a_3) {
  auto rsa = parse(json::parse(R"({"kty":"RSA",
    "n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
    "e":"AQAB"})")
                       .as_object());
  ASSERT_TRUE(rsa) << rsa.error().message();
  std::string text =
      "eyJhbGciOiJSUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  std::string_view encoded =
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
      "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
      "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
      "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
  std::string signature(secrets::base64_bytes(encoded.size()), '\0');
  ASSERT_TRUE(secrets::from_base64(encoded, secrets::Base64::kUrl,
                                   {reinterpret_cast<std::uint8_t*>(signature.data()), signature.size()}));
  EXPECT_TRUE(rsa->has_signed(kRs256, text, signature));
  EXPECT_FALSE(rsa->has_signed(kRs256, text + " ", signature));
  EXPECT_FALSE(rsa->has_signed(kPs256, text, signature));

  auto ec = parse(json::parse(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})")
                      .as_object());
  ASSERT_TRUE(ec) << ec.error().message();
  text =
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  encoded = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  signature.assign(secrets::base64_bytes(encoded.size()), '\0');
  ASSERT_TRUE(secrets::from_base64(encoded, secrets::Base64::kUrl,
                                   {reinterpret_cast<std::uint8_t*>(signature.data()), signature.size()}));
  EXPECT_TRUE(ec->has_signed(kEs256, text, signature));
  EXPECT_FALSE(ec->has_signed(kEs256, text.substr(1), signature));
  EXPECT_FALSE(ec->has_signed(kRs256, text, signature));
}

TEST_F(Jwk, each_algorithm_checks_what_it_has_signed_and_nothing_else) {
  auto rsa = SigningKey::rsa();
  auto ec = SigningKey::p256();
  auto rsa_public = parse(rsa.jwk("r")), ec_public = parse(ec.jwk("e"));
  ASSERT_TRUE(rsa_public && ec_public);
  const std::string text = "what is signed";
  for (auto [name, algorithm] : {std::pair{"RS256", kRs256}, std::pair{"PS256", kPs256}}) {
    auto signature = rsa.sign(name, text);
    EXPECT_TRUE(rsa_public->has_signed(algorithm, text, signature)) << name;
    EXPECT_FALSE(rsa_public->has_signed(algorithm == kRs256 ? kPs256 : kRs256, text, signature)) << name;
    EXPECT_FALSE(ec_public->has_signed(algorithm, text, signature)) << name;
    for (std::size_t at : {std::size_t{0}, signature.size() / 2, signature.size() - 1}) {
      auto broken = signature;
      broken[at] = static_cast<char>(broken[at] ^ 1);
      EXPECT_FALSE(rsa_public->has_signed(algorithm, text, broken)) << name << at;
    }
    EXPECT_FALSE(rsa_public->has_signed(algorithm, text, signature + "x"));
    EXPECT_FALSE(rsa_public->has_signed(algorithm, text, ""));
  }
  auto signature = ec.sign("ES256", text);
  EXPECT_TRUE(ec_public->has_signed(kEs256, text, signature));
  EXPECT_FALSE(ec_public->has_signed(kEs256, text, signature.substr(1)));
  EXPECT_FALSE(ec_public->has_signed(kEs256, text, std::string(64, '\0'))) << "r = s = 0";
  EXPECT_FALSE(ec_public->has_signed(kEs256, text, std::string(64, '\xff')));
}

TEST_F(Jwk, refuses_keys_that_are_none_too_small_or_for_something_else) {
  auto rsa = SigningKey::rsa().jwk("r"), ec = SigningKey::p256().jwk("e");
  EXPECT_FALSE(parse(SigningKey::rsa(1024).jwk("small")));
  auto changed = [](json::object jwk, const char* name, const json::value& value) {
    jwk[name] = value;
    return PublicKey::parse(jwk).has_value();
  };
  for (const char* name : {"kty", "n", "e"})
    for (const json::value& value : {json::value("AQ=="), json::value(""), json::value(5), json::value("a b")})
      EXPECT_FALSE(changed(rsa, name, value)) << name << value;
  EXPECT_FALSE(changed(rsa, "use", json::value("enc")));
  EXPECT_FALSE(changed(rsa, "e", json::value("AQ"))) << "an exponent of 1 signs anything";
  EXPECT_FALSE(changed(rsa, "e", json::value("Ag")));
  EXPECT_FALSE(changed(rsa, "n", json::value(base64url(std::string(5000, '\xff')))));
  EXPECT_FALSE(changed(ec, "crv", json::value("P-521")));
  EXPECT_FALSE(changed(ec, "x", json::value(base64url(std::string(32, 'x'))))) << "no point of the curve";
  EXPECT_FALSE(changed(ec, "y", json::value(base64url("short"))));
  EXPECT_FALSE(parse({{"kty", "oct"}, {"k", "c2VjcmV0"}}));
  EXPECT_FALSE(parse({}));
}

TEST_F(Jwk, a_key_that_is_for_one_algorithm_is_for_no_other) {
  auto jwk = SigningKey::rsa().jwk("r");
  auto any = parse(jwk);
  EXPECT_TRUE(any->is_for(kRs256) && any->is_for(kPs256) && !any->is_for(kEs256));
  jwk["alg"] = "PS256";
  auto one = parse(jwk);
  EXPECT_TRUE(!one->is_for(kRs256) && one->is_for(kPs256));
  jwk["alg"] = "RSA-OAEP";
  EXPECT_FALSE(parse(jwk)->is_for(kRs256));
}

TEST_F(Jwk, algorithms_are_a_short_list) {
  EXPECT_TRUE(parse_algorithm("RS256") && parse_algorithm("ES256") && parse_algorithm("PS256"));
  for (const char* bad : {"none", "None", "NONE", "", "HS256", "HS512", "rs256", "RS1", "EdDSA", "RS256 "})
    EXPECT_FALSE(parse_algorithm(bad)) << bad;
}

TEST_F(Jwk, a_set_leaves_out_what_it_does_not_know_and_finds_by_id_and_algorithm) {
  auto rsa = SigningKey::rsa(), ec = SigningKey::p256();
  json::array keys{json::object{{"kty", "oct"}, {"kid", "o"}}, json::value(1), rsa.jwk("a"), ec.jwk("b")};
  auto found = set(keys);
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->size(), 2U);
  EXPECT_NE(found->find("a", kRs256), nullptr);
  EXPECT_EQ(found->find("a", kEs256), nullptr);
  EXPECT_EQ(found->find("c", kRs256), nullptr);
  EXPECT_NE(found->find("", kRs256), nullptr) << "the only one";
  keys.push_back(SigningKey::rsa().jwk("c"));
  auto more = set(keys);
  EXPECT_EQ(more->find("", kRs256), nullptr) << "which one?";
  EXPECT_NE(more->find("", kEs256), nullptr);
}

TEST_F(Jwk, a_set_has_bounds) {
  json::array many;
  for (std::size_t i = 0; i <= KeySet::kMostKeys; ++i) many.push_back(json::object{});
  EXPECT_EQ(set(many).error().code(), ErrorCode::kProtocolViolation);
  for (const char* bad :
       {"", "[]", "{}", R"({"keys":{}})", R"({"keys":1})", "{\"keys\":[[[[[[[[[[[]]]]]]]]]]]}", "\xff"})
    EXPECT_FALSE(KeySet::parse(bad, account_)) << bad;
  account_.set_limit(8 * 1024);
  EXPECT_EQ(KeySet::parse(R"({"keys":[")" + std::string(4096, 'x') + "\"]}", account_).error().code(),
            ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace holter::access
