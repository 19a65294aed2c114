#include "collect/block.h"

#include <gtest/gtest.h>

namespace holter::collect {
namespace {

model::Node with(std::string key, std::string value) {
  model::Node block{.kind = model::Node::Kind::kMap};
  block.keys = {std::move(key)};
  block.items = {model::Node::of_text(std::move(value))};
  return block;
}

TEST(Block, reads_a_timeout_and_falls_back_to_the_default) {
  auto timeout = [](std::string text) { return timeout_of(with("timeout", std::move(text))); };
  EXPECT_EQ(timeout("250"), milliseconds(250));
  EXPECT_EQ(timeout("250.9"), milliseconds(250));
  EXPECT_EQ(timeout("99999999999"), milliseconds(600'000));
  for (const char* text : {"", "abc", "-5", "0", "nan", "inf", "5s", "0.5"})
    EXPECT_EQ(timeout(text), milliseconds(6000)) << text;
  EXPECT_EQ(timeout_of(model::Node{}, milliseconds(7)), milliseconds(7));
}

TEST(Block, reads_a_host_without_scheme_path_and_port) {
  struct Case {
    const char *text, *name, *scheme;
  };
  for (const auto& c :
       {Case{"example.org", "example.org", ""}, Case{"https://example.org", "example.org", "https"},
        Case{"HTTP://h/path", "h", "http"}, Case{"h:8080", "h", ""}, Case{"https://h:8443/x", "h", "https"},
        Case{"::1", "::1", ""}, Case{"[::1]", "[::1]", ""}, Case{"[::1]:80", "[::1]", ""},
        Case{"http://[::1]:80", "[::1]", "http"}, Case{"2001:db8::1", "2001:db8::1", ""}}) {
    auto host = host_of(with("host", c.text));
    ASSERT_TRUE(host) << c.text;
    EXPECT_EQ(host->name, c.name) << c.text;
    EXPECT_EQ(host->scheme, c.scheme) << c.text;
  }
  for (const char* text : {"", "/", ":80"}) {
    auto host = host_of(with("host", text));
    ASSERT_FALSE(host) << text;
    EXPECT_EQ(host.error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(Block, reads_a_port) {
  EXPECT_EQ(*port_of(with("port", "1")), 1);
  EXPECT_EQ(*port_of(with("port", "65535")), 65535);
  EXPECT_EQ(*port_of(model::Node{}, 443), 443);
  for (const char* text : {"", "0", "65536", "-1", "80x", " 80", "8.0"})
    EXPECT_FALSE(port_of(with("port", text))) << text;
}

TEST(Block, compares_ignoring_case) {
  EXPECT_TRUE(same_text("ResponseTime", "responsetime"));
  EXPECT_FALSE(same_text("a", "ab"));
  EXPECT_EQ(find_alias({"a", "RESPONSETIME"}, "responseTime"), 1);
  EXPECT_EQ(find_alias({"a"}, "b"), -1);
}

}  // namespace
}  // namespace holter::collect
