#include "secrets/secret_key.h"

#include <gtest/gtest.h>

#include "secrets/test_keys.h"

namespace holter::secrets {
namespace {

using test::kDown;
using test::kUp;

std::string error_of_list(std::string_view text) {
  auto keys = parse_key_list(text);
  return keys ? "" : keys.error().message();
}

TEST(SecretKey, reads_base64_with_and_without_padding) {
  auto key = SecretKey::from_base64(kUp);
  ASSERT_TRUE(key.has_value()) << key.error().message();
  for (std::size_t i = 0; i < SecretKey::kBytes; ++i) EXPECT_EQ(key->bytes()[i], i);
  EXPECT_EQ(key->to_base64().view(), kUp);
  auto same = SecretKey::from_base64(std::string_view(kUp).substr(0, 43));
  ASSERT_TRUE(same.has_value());
  EXPECT_EQ(same->id(), key->id());
}

TEST(SecretKey, its_id_stays_the_same_for_ever) {
  // BLAKE2b of 16 bytes with the personalisation "holter key id 1", by another implementation (Python's hashlib).
  EXPECT_EQ(to_text(SecretKey::from_base64(kUp)->id()), "f33e37dacb878bb4");
  EXPECT_EQ(to_text(SecretKey::from_base64(kDown)->id()), "cc2245250821dae7");
}

TEST(SecretKey, random_ones_differ) {
  auto a = SecretKey::random();
  auto b = SecretKey::random();
  ASSERT_TRUE(a.has_value() && b.has_value());
  EXPECT_NE(a->id(), b->id());
  EXPECT_NE(a->to_base64().view(), b->to_base64().view());
}

TEST(SecretKey, its_memory_cannot_be_written) {
  auto key = SecretKey::random();
  ASSERT_TRUE(key.has_value());
  EXPECT_DEATH(const_cast<std::uint8_t*>(key->bytes().data())[0] = 1, "");
}

TEST(SecretKey, what_is_no_key_is_refused_without_telling_it) {
  const std::string good = kUp;
  for (const std::string& text :
       {std::string(), std::string("short"), good.substr(0, 40), good + "A", "=" + good,
        good.substr(0, 43) + "==", "AA" + good, good.substr(0, 20) + " " + good.substr(20),
        good.substr(0, 42) + "9=", good.substr(0, 20) + "\xc1" + good.substr(21), std::string(43, 'A') + "="}) {
    auto key = SecretKey::from_base64(text);
    ASSERT_FALSE(key.has_value()) << text;
    EXPECT_EQ(key.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(key.error().message().starts_with("cannot take this as a key: ")) << key.error().message();
    if (text.size() > 3) EXPECT_EQ(key.error().message().find(text.substr(0, 8)), std::string::npos);
  }
}

TEST(KeyId, reads_only_sixteen_lower_case_digits) {
  EXPECT_EQ(parse_key_id("00000000000000ff"), KeyId{255});
  EXPECT_EQ(to_text(KeyId{0xfedcba9876543210}), "fedcba9876543210");
  for (std::string_view text :
       {"", "ff", "00000000000000FF", "00000000000000fff", "0x000000000000ff", "00000000000000f "})
    EXPECT_EQ(parse_key_id(text), std::nullopt) << text;
}

TEST(KeyList, takes_several_the_first_is_the_newest) {
  auto keys = parse_key_list(std::string(" ") + kDown + " ,\n" + kUp + "\n");
  ASSERT_TRUE(keys.has_value()) << keys.error().message();
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ(keys->front()->to_base64().view(), kDown);
  EXPECT_EQ(keys->back()->to_base64().view(), kUp);
}

TEST(KeyList, tells_which_one_is_wrong) {
  const std::string up = kUp;
  EXPECT_EQ(error_of_list(up + ",rubbish"),
            "key 2 of the list: cannot take this as a key: it is not the Base64 of 32 bytes (make one by: openssl rand "
            "-base64 32)");
  EXPECT_TRUE(error_of_list("").starts_with("key 1 of the list: "));
  EXPECT_TRUE(error_of_list(up + ",").starts_with("key 2 of the list: "));
  EXPECT_EQ(error_of_list(up + "," + up), "cannot hold key f33e37dacb878bb4 twice");
}

TEST(KeyList, has_a_bound) {
  Keys keys;
  std::string list;
  for (std::size_t i = 0; i <= kMostKeys; ++i) {
    auto key = SecretKey::random();
    list += (i == 0 ? "" : ",") + std::string(key->to_base64().view());
  }
  EXPECT_EQ(error_of_list(list), "cannot hold another key: 16 is the most");
  EXPECT_EQ(error_of_list(list.substr(0, list.rfind(','))), "");
}

}  // namespace
}  // namespace holter::secrets
