#include "status/logo.h"

#include <gtest/gtest.h>

namespace holter::status {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kPng = "iVBORw0KGgoAAAANSUhEUg==";  // the signature, and the head of the first chunk

TEST(Logo, is_a_png_jpeg_or_webp_by_its_first_bytes) {
  auto logo = read_logo(kPng);
  ASSERT_TRUE(logo) << logo.error().text;
  EXPECT_EQ(logo->content_type, "image/png");
  EXPECT_TRUE(logo->bytes.starts_with("\x89PNG\r\n\x1a\n"));
  EXPECT_EQ(read_logo("/9j/4AAQ")->content_type, "image/jpeg");
  EXPECT_EQ(read_logo("UklGRgAAAABXRUJQVlA4")->content_type, "image/webp");
}

TEST(Logo, is_never_svg_or_html_whatever_it_says_it_is) {
  for (auto text : {"PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="sv, "PGh0bWw+"sv, "R0lGODlh"sv, ""sv}) {
    auto logo = read_logo(text);
    ASSERT_FALSE(logo) << text;
    EXPECT_EQ(logo.error().member, "logo");
  }
}

TEST(Logo, is_64_kib_at_most) {
  auto most = std::string(kPng.substr(0, 16)) + std::string(kMostLogoText - 16, 'A');
  most.replace(most.size() - 2, 2, "==");
  ASSERT_EQ(decode_base64(most)->size(), kMostLogoBytes);
  EXPECT_TRUE(read_logo(most));
  most.replace(most.size() - 2, 2, "A=");
  EXPECT_FALSE(read_logo(most));
  EXPECT_FALSE(read_logo(most + "AAAA"));
}

TEST(Logo, base64_is_taken_as_rfc_4648_has_it_and_no_other_way) {
  EXPECT_EQ(decode_base64("Zm9vYmFy"), "foobar");
  EXPECT_EQ(decode_base64("Zm9vYg=="), "foob");
  EXPECT_EQ(decode_base64("Zm9vYmE="), "fooba");
  EXPECT_EQ(decode_base64(""), "");
  for (auto bad : {"Zm9vYg"sv, "Zm9vYh=="sv, "Zm9v\nYmFy"sv, "===="sv, "Zm9-"sv, "Z=9v"sv, "A==="sv})
    EXPECT_FALSE(decode_base64(bad)) << bad;
}

}  // namespace
}  // namespace holter::status
