#include "base/percent.h"

#include <gtest/gtest.h>

namespace holter {
namespace {

TEST(Percent, leaves_the_unreserved_and_encodes_the_rest) {
  EXPECT_EQ(percent_encoded("azAZ09-._~"), "azAZ09-._~");
  EXPECT_EQ(percent_encoded(" /?&=#%+\"é"), "%20%2F%3F%26%3D%23%25%2B%22%C3%A9");
  EXPECT_EQ(percent_encoded(std::string_view("\0\xff", 2)), "%00%FF");
  EXPECT_EQ(percent_encoded(""), "");
}

}  // namespace
}  // namespace holter
