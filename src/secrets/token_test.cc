#include "secrets/token.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

#include "secrets/token_text.h"

namespace holter::secrets {
namespace {

// The bytes 0, 1, 2... 31.
constexpr const char* kUpText = "holter_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3Tqhe2";

std::string text_of(const AnyToken& token) {
  return std::string(token.text().view());
}

std::string with_checksum(std::string body) {
  auto sum = token_checksum(body);
  return body.append(sum.data(), sum.size());
}

TEST(Token, has_a_form_that_scanners_know) {
  auto text = text_of(ApiToken::random());
  ASSERT_EQ(text.size(), 56U);
  EXPECT_TRUE(text.starts_with("holter_"));
  EXPECT_EQ(text.substr(7).find_first_not_of(kBase62), std::string::npos) << text;
}

TEST(Token, goes_round_and_no_two_are_alike) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    auto token = SessionToken::random();
    auto text = text_of(token);
    EXPECT_TRUE(seen.insert(text).second);
    auto again = SessionToken::parse(text);
    ASSERT_TRUE(again.has_value()) << again.error().message();
    EXPECT_EQ(text_of(*again), text);
    EXPECT_TRUE(again->hash() == token.hash());
  }
}

TEST(Token, text_hashes_and_csrf_stay_the_same_for_ever) {
  // Text, BLAKE2b with a personalisation, HMAC and CRC-32 by another implementation (Python).
  auto session = SessionToken::parse(kUpText);
  ASSERT_TRUE(session.has_value()) << session.error().message();
  EXPECT_EQ(text_of(*session), kUpText);
  EXPECT_EQ(session->hash().text(), "v1.445391209f0825057ef5948b23ff7c67466b0bf759afe700042ff3cd730839ac");
  EXPECT_EQ(ApiToken::parse(kUpText)->hash().text(),
            "v1.664b000eab6373f45ead20f72cc4ab78b0fd9d599738cf9dd70ef5cb9f23fbb2");
  EXPECT_EQ(SetupToken::parse(kUpText)->hash().text(),
            "v1.c08d950c86edabc85e91f328edc427b95cba43fdd5f23f7dcc25dad6c8031af3");
  EXPECT_EQ(session->csrf(), "4c85efec5afe1a973aabe60443a37c37481830576540bf068ccc8aa177c0ab3a");
}

TEST(Token, of_one_kind_is_none_of_another) {
  auto text = text_of(SetupToken::random());
  EXPECT_FALSE(SetupToken::parse(text)->hash() == ApiToken::parse(text)->hash());
  EXPECT_FALSE(SetupToken::parse(text)->hash() == SessionToken::parse(text)->hash());
  EXPECT_FALSE(ApiToken::parse(text)->hash() == SessionToken::parse(text)->hash());
}

TEST(Token, with_any_character_changed_it_is_refused_without_telling_it) {
  const std::string text = kUpText;
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (char c : std::string_view("0Zz_ \xff")) {
      auto changed = text;
      if (changed[i] == c) continue;
      changed[i] = c;
      auto token = ApiToken::parse(changed);
      ASSERT_FALSE(token.has_value()) << changed;
      EXPECT_EQ(token.error().code(), ErrorCode::kUnauthenticated);
      EXPECT_TRUE(token.error().message().starts_with("cannot take this as a token: "));
      EXPECT_EQ(token.error().message().find(text.substr(20, 8)), std::string::npos);
    }
  }
}

TEST(Token, of_another_length_or_beyond_its_range_is_refused) {
  const std::string text = kUpText;
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(ApiToken::parse(text.substr(0, size)).has_value());
  EXPECT_FALSE(ApiToken::parse(text + "0").has_value());
  EXPECT_FALSE(ApiToken::parse(std::string(1 << 20, 'x')).has_value());
  EXPECT_TRUE(ApiToken::parse(with_checksum("holter_" + std::string(43, '0'))).has_value());
  EXPECT_FALSE(ApiToken::parse(with_checksum("holter_" + std::string(43, 'z'))).has_value()) << "62^43 > 2^256";
  EXPECT_FALSE(ApiToken::parse(with_checksum("holter_" + std::string(42, '0') + "-")).has_value());
}

TEST(Token, base62_goes_round_at_the_ends_of_its_range) {
  for (std::uint8_t byte : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
    std::array<std::uint8_t, 32> bytes, again;
    bytes.fill(byte);
    std::array<char, 43> text;
    to_base62(bytes, text);
    ASSERT_TRUE(from_base62({text.data(), text.size()}, again));
    EXPECT_EQ(again, bytes);
  }
}

TEST(TokenHash, is_read_as_it_was_written_and_nothing_else_is) {
  auto hash = ApiToken::random().hash();
  auto text = hash.text();
  auto again = TokenHash::parse(text);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(*again == hash);
  auto other = text;
  other.back() = other.back() == '0' ? '1' : '0';
  EXPECT_FALSE(*TokenHash::parse(other) == hash);
  for (const std::string& wrong : {std::string(), text.substr(3), text + "0", text.substr(0, 66), "v2" + text.substr(2),
                                   text.substr(0, 66) + "G", text.substr(0, 66) + "A", " " + text})
    EXPECT_EQ(TokenHash::parse(wrong).error().code(), ErrorCode::kCorruption) << wrong;
}

TEST(SessionCsrf, belongs_to_its_session) {
  auto mine = SessionToken::random();
  auto other = SessionToken::random();
  EXPECT_EQ(mine.csrf().size(), 64U);
  EXPECT_TRUE(mine.accepts_csrf(mine.csrf()));
  EXPECT_FALSE(mine.accepts_csrf(other.csrf()));
  EXPECT_FALSE(mine.accepts_csrf(""));
  EXPECT_FALSE(mine.accepts_csrf(mine.csrf().substr(1)));
  EXPECT_FALSE(mine.accepts_csrf(mine.csrf() + "0"));
  EXPECT_FALSE(mine.accepts_csrf(mine.text().view()));
  for (std::size_t i = 0; i < 64; ++i) {
    auto changed = mine.csrf();
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(mine.accepts_csrf(changed)) << i;
  }
}

TEST(Token, that_moved_away_is_empty) {
  auto token = ApiToken::random();
  auto text = text_of(token);
  ApiToken moved = std::move(token);
  EXPECT_EQ(text_of(moved), text);
  // NOLINTNEXTLINE(bugprone-use-after-move): what is left behind is what this is about
  EXPECT_EQ(text_of(token), with_checksum("holter_" + std::string(43, '0')));
}

}  // namespace
}  // namespace holter::secrets
