#include "secrets/password_hash.h"

#include <gtest/gtest.h>
#include <sodium.h>

namespace holter::secrets {
namespace {

// By the reference implementation: printf 'correct horse battery' | argon2 sixteenbytessalt -id -p 1 -l 32 -e, with
// -t 2 -k 19456, and with -t 5 -k 7168.
constexpr const char* kOfReference =
    "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbmJ5dGVzc2FsdA$tY+x5R/akZ9n0DDKxtcgfYcWB5NUsmHXfbQdWsH2+Ng";
constexpr const char* kOfReferenceSmall =
    "$argon2id$v=19$m=7168,t=5,p=1$c2l4dGVlbmJ5dGVzc2FsdA$A9AOOagFDLhEuDde4fUjcI9U2jG1w+O2xqA7VAw4LEE";
constexpr std::uint64_t kMiB = 1 << 20;

std::string with(std::string_view from, std::string_view to) {
  std::string text = kOfReference;
  return text.replace(text.find(from), from.size(), to);
}

TEST(PasswordHash, matches_what_the_reference_implementation_made) {
  for (const char* text : {kOfReference, kOfReferenceSmall}) {
    auto hash = PasswordHash::parse(text);
    ASSERT_TRUE(hash.has_value()) << hash.error().message();
    EXPECT_EQ(hash->text(), text);
    EXPECT_TRUE(hash->matches("correct horse battery").value());
    EXPECT_FALSE(hash->matches("correct horse batterz").value());
    EXPECT_FALSE(hash->matches("").value());
  }
  EXPECT_EQ(PasswordHash::parse(kOfReferenceSmall)->cost(), (PasswordCost{7168, 5}));
}

TEST(PasswordHash, is_understood_by_others) {
  auto hash = PasswordHash::of("correct horse battery", cost_for(1024 * kMiB));
  ASSERT_TRUE(hash.has_value());
  EXPECT_TRUE(hash->text().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_EQ(crypto_pwhash_str_verify(hash->text().c_str(), "correct horse battery", 21), 0);
  EXPECT_EQ(PasswordHash::parse(hash->text())->text(), hash->text());
}

TEST(PasswordHash, has_a_salt_of_its_own) {
  constexpr PasswordCost kCheap{1024, 1};
  EXPECT_NE(PasswordHash::of("same", kCheap)->text(), PasswordHash::of("same", kCheap)->text());
}

TEST(PasswordHash, a_dummy_matches_nothing) {
  auto dummy = PasswordHash::dummy({1024, 1});
  EXPECT_FALSE(dummy.matches("").value());
  EXPECT_EQ(dummy.cost(), (PasswordCost{1024, 1}));
}

TEST(PasswordHash, what_would_take_too_much_or_is_torn_is_refused_without_telling_it) {
  for (const std::string& text : {std::string(),
                                  std::string("$argon2id$"),
                                  with("argon2id", "argon2i"),
                                  with("v=19", "v=16"),
                                  with("m=19456", "m=65537"),
                                  with("m=19456", "m=1023"),
                                  with("m=19456", "m=4294967295"),
                                  with("m=19456", "m=99999999999"),
                                  with("m=19456", "m=-1"),
                                  with("m=19456", "m=019456"),
                                  with("t=2", "t=17"),
                                  with("t=2", "t=0"),
                                  with("p=1", "p=2"),
                                  with("c2l4", "c2l"),
                                  with("dA$", "dB$"),
                                  with("+Ng", "+N"),
                                  with("+Ng", "+Nh"),
                                  with("+Ng", "+Ng="),
                                  with("+Ng", "+Ng\n"),
                                  with("+Ng", "+Ng$"),
                                  with("+Ng", "+NgAAAA")}) {
    auto hash = PasswordHash::parse(text);
    ASSERT_FALSE(hash.has_value()) << text;
    EXPECT_EQ(hash.error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(hash.error().message().find("tY+x"), std::string::npos);
  }
  std::string whole = kOfReference;
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(PasswordHash::parse(whole.substr(0, size)).has_value()) << size;
}

TEST(PasswordCost, fits_the_budget) {
  EXPECT_EQ(cost_for(256 * kMiB), (PasswordCost{19 * 1024, 2}));
  EXPECT_EQ(cost_for(153 * kMiB), (PasswordCost{19 * 1024, 2}));
  EXPECT_EQ(cost_for(152 * kMiB), (PasswordCost{12 * 1024, 3}));
  EXPECT_EQ(cost_for(96 * kMiB), (PasswordCost{9 * 1024, 4}));
  EXPECT_EQ(cost_for(64 * kMiB), (PasswordCost{7 * 1024, 5}));
  EXPECT_EQ(cost_for(0), (PasswordCost{7 * 1024, 5}));
}

}  // namespace
}  // namespace holter::secrets
