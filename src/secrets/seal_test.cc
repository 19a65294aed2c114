#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "secrets/keyring.h"
#include "secrets/sealed_text.h"
#include "secrets/test_keys.h"

namespace holter::secrets {
namespace {

using test::kDown;
using test::keyring_of;
using test::kUp;

constexpr std::string_view kContext = "monitor 123 password";

std::string seal(const Keyring& keyring, std::string_view plain, std::string_view context = kContext) {
  auto sealed = keyring.seal(plain, context);
  if (!sealed) ADD_FAILURE() << sealed.error().message();
  return sealed.value_or("");
}

TEST(Seal, opens_with_the_same_key_and_context) {
  auto keyring = keyring_of(kUp);
  auto sealed = seal(*keyring, "correct horse");
  EXPECT_TRUE(sealed.starts_with("v1." + to_text(keyring->newest()) + ".")) << sealed;
  auto plain = keyring_of(kUp)->open(sealed, kContext);
  ASSERT_TRUE(plain.has_value()) << plain.error().message();
  EXPECT_EQ(plain->view(), "correct horse");
}

TEST(Seal, opens_what_another_implementation_sealed) {
  // XChaCha20-Poly1305 of draft-irtf-cfrg-xchacha-03, made from HChaCha20 and the ChaCha20-Poly1305 of OpenSSL.
  auto plain = keyring_of(kUp)->open(
      "v1.f33e37dacb878bb4.ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7HxyLwppN_aLvX-9Mw2HfhUSJL1QVe2OqyklWnYY", kContext);
  ASSERT_TRUE(plain.has_value()) << plain.error().message();
  EXPECT_EQ(plain->view(), "correct horse");
}

TEST(Seal, any_text_goes_round) {
  auto keyring = keyring_of(kUp);
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    std::string plain(i < 100 ? i : random() % (i < 290 ? 2000 : kMostPlain + 1), '\0');
    for (char& c : plain) c = static_cast<char>(random());
    std::string context(1 + random() % kMostContext, '\0');
    for (char& c : context) c = static_cast<char>(random());
    auto sealed = seal(*keyring, plain, context);
    EXPECT_LE(sealed.size(), kMostSealed);
    EXPECT_EQ(sealed.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_."),
              std::string::npos);
    auto opened = keyring->open(sealed, context);
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    EXPECT_EQ(opened->view(), plain);
  }
}

TEST(Seal, the_same_text_never_looks_the_same) {
  auto keyring = keyring_of(kUp);
  EXPECT_NE(seal(*keyring, "a"), seal(*keyring, "a"));
}

TEST(Seal, with_any_bit_flipped_it_does_not_open) {
  auto keyring = keyring_of(kUp);
  auto sealed = parse_sealed(seal(*keyring, "correct horse"));
  ASSERT_TRUE(sealed.has_value());
  for (std::size_t i = 0; i < sealed->box.size() * 8; ++i) {
    auto changed = *sealed;
    changed.box[i / 8] = static_cast<char>(changed.box[i / 8] ^ (1 << i % 8));
    auto opened = keyring->open(changed.text(), kContext);
    ASSERT_FALSE(opened.has_value()) << i;
    EXPECT_EQ(opened.error().code(), ErrorCode::kCorruption);
  }
}

TEST(Seal, with_any_bit_of_its_text_flipped_it_does_not_open) {
  auto keyring = keyring_of(kUp);
  auto sealed = seal(*keyring, "correct horse");
  for (std::size_t i = 0; i < sealed.size() * 8; ++i) {
    auto changed = sealed;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << i % 8));
    EXPECT_FALSE(keyring->open(changed, kContext).has_value()) << i;
  }
}

TEST(Seal, torn_anywhere_it_does_not_open) {
  auto keyring = keyring_of(kUp);
  auto sealed = seal(*keyring, "correct horse");
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(keyring->open(sealed.substr(0, size), kContext).has_value()) << size;
  EXPECT_FALSE(keyring->open(sealed + "A", kContext).has_value());
  EXPECT_FALSE(keyring->open(sealed + "=", kContext).has_value());
}

TEST(Seal, moved_to_another_place_it_does_not_open) {
  auto keyring = keyring_of(kUp);
  auto sealed = seal(*keyring, "correct horse");
  for (std::string_view other : {"monitor 124 password", "monitor 123 passphrase", "monitor 123 passwor", "x"}) {
    auto opened = keyring->open(sealed, other);
    ASSERT_FALSE(opened.has_value()) << other;
    EXPECT_EQ(opened.error().code(), ErrorCode::kCorruption);
  }
}

TEST(Seal, under_the_id_of_another_key_it_does_not_open) {
  auto both = keyring_of(std::string(kUp) + "," + kDown);
  auto sealed = parse_sealed(seal(*both, "correct horse"));
  ASSERT_TRUE(sealed.has_value());
  sealed->key = SecretKey::from_base64(kDown)->id();
  EXPECT_EQ(both->open(sealed->text(), kContext).error().code(), ErrorCode::kCorruption);
}

TEST(Seal, errors_name_context_and_key_but_never_content) {
  auto keyring = keyring_of(kUp);
  auto sealed = seal(*keyring, "correct horse");
  auto elsewhere = keyring->open(sealed, "monitor 9\n");
  EXPECT_EQ(elsewhere.error().message(),
            "cannot open the sealed text of \"monitor 9\\x0a\": it was changed, or sealed for another place");
  auto missing = keyring_of(kDown)->open(sealed, kContext);
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().message(), "cannot open the sealed text of \"monitor 123 password\": its key " +
                                           to_text(keyring->newest()) + " is not in the keyring");
  auto rubbish = keyring->open("hunter2", kContext);
  EXPECT_EQ(
      rubbish.error().message(),
      "cannot open the sealed text of \"monitor 123 password\": cannot understand the sealed text: it does not begin "
      "with v1.");
}

TEST(Seal, bounds_are_kept) {
  auto keyring = keyring_of(kUp);
  std::string plain(kMostPlain, 'x');
  EXPECT_EQ(seal(*keyring, plain).size(), kMostSealed) << "no such text is longer";
  auto large = keyring->seal(plain + "x", kContext);
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().code(), ErrorCode::kTooLarge);
  EXPECT_EQ(large.error().message(),
            "cannot seal the text of \"monitor 123 password\": it has 65537 bytes, 65536 is the most");
  EXPECT_EQ(keyring->open(std::string(kMostSealed + 1, 'A'), kContext).error().code(), ErrorCode::kTooLarge);
  for (const std::string& context : {std::string(), std::string(kMostContext + 1, 'c')}) {
    EXPECT_EQ(keyring->seal("x", context).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(keyring->open(seal(*keyring, "x"), context).error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(Seal, only_the_newest_key_seals_and_others_ask_for_resealing) {
  auto old = keyring_of(kUp);
  auto sealed = seal(*old, "correct horse");
  EXPECT_FALSE(old->needs_resealing(sealed).value());
  auto rotated = keyring_of(std::string(kDown) + "," + kUp);
  EXPECT_TRUE(rotated->needs_resealing(sealed).value());
  auto again = seal(*rotated, rotated->open(sealed, kContext).value().view());
  EXPECT_FALSE(rotated->needs_resealing(again).value());
  EXPECT_EQ(keyring_of(kDown)->open(again, kContext).value().view(), "correct horse");
  EXPECT_EQ(rotated->needs_resealing("v1.").error().code(), ErrorCode::kCorruption);
}

TEST(SealedText, takes_only_one_form_of_a_text) {
  SealedText sealed{.key = KeyId{1}, .box = std::string(41, 'x')};
  auto text = sealed.text();
  ASSERT_TRUE(parse_sealed(text).has_value());
  EXPECT_EQ(parse_sealed(text)->box, sealed.box);
  // The last character stands for two bits only: others with the same two bits are not taken.
  for (char last : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n")) {
    auto other = text;
    other.back() = last;
    auto parsed = parse_sealed(other);
    if (parsed) EXPECT_EQ(parsed->text(), other);
  }
  for (const std::string& other :
       {std::string("v1.0000000000000001."), "v2" + text.substr(2), "v1 " + text.substr(3), text + "\n", " " + text,
        "v1.000000000000000A." + text.substr(20), SealedText{.key = KeyId{1}, .box = std::string(39, 'x')}.text()})
    EXPECT_EQ(parse_sealed(other).error().code(), ErrorCode::kCorruption) << other;
}

TEST(SecretTextTest, is_overwritten_when_it_dies_and_moves_without_a_copy) {
  SecretText text("correct horse");
  const char* where = text.view().data();
  SecretText moved = std::move(text);
  EXPECT_EQ(moved.view().data(), where);
  EXPECT_EQ(moved.view(), "correct horse");
  wipe(moved.chars());
  EXPECT_EQ(moved.view(), std::string(13, '\0'));
}

}  // namespace
}  // namespace holter::secrets
