#include "base/utf8.h"

#include <gtest/gtest.h>

namespace holter {
namespace {

std::string clean(std::string_view text) {
  std::string scratch;
  return std::string(as_utf8(text, scratch));
}

TEST(Utf8, leaves_good_text_where_it_is) {
  std::string scratch;
  for (std::string_view text : {"", "plain", "grün", "监控", "\U0001F4C8", "\x7f"})
    EXPECT_EQ(as_utf8(text, scratch).data(), text.data());
}

TEST(Utf8, replaces_each_stray_byte) {
  EXPECT_EQ(clean("a\xff"
                  "b"),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(clean("\xe4\xb8"), "\xef\xbf\xbd\xef\xbf\xbd");  // cut off
  EXPECT_EQ(clean("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");  // overlong
  EXPECT_EQ(clean("\xed\xa0\x80").size(), 9u);               // a surrogate
  EXPECT_EQ(clean("\xf4\x90\x80\x80").size(), 12u);          // beyond U+10FFFF
  EXPECT_EQ(clean("ok \x80 gr\xc3\xbcn"), "ok \xef\xbf\xbd gr\xc3\xbcn");
}

TEST(Utf8, gives_text_that_is_its_own_image) {
  std::uint32_t state = 1;
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    for (int n = 0; n < 12; ++n) bytes += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    auto once = clean(bytes);
    EXPECT_EQ(clean(once), once);
  }
}

}  // namespace
}  // namespace holter
