#include "api/content.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "api/content_fields.h"

namespace holter::api {
namespace {

/// The heap, but it looks at what comes back.
class Witness final : public boost::json::memory_resource {
 public:
  std::size_t freed = 0;
  bool clean = true;

 private:
  void* do_allocate(std::size_t bytes, std::size_t) override { return std::malloc(bytes); }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t) override {
    auto* begin = static_cast<const char*>(memory);
    clean = clean && std::all_of(begin, begin + bytes, [](char c) { return c == 0; });
    freed += bytes;
    std::free(memory);
  }
  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override { return this == &other; }
};

TEST(WipedMemory, is_empty_when_it_goes_back) {
  Witness witness;
  WipedMemory memory(witness);
  {
    auto tree = boost::json::parse(
        R"({"name": "root", "password": "correct horse battery staple", "list": ["a long secret in a list"]})",
        &memory);
    tree.as_object()["password"] = "another one, which is longer than the one before it";
  }
  EXPECT_GT(witness.freed, 100U);
  EXPECT_TRUE(witness.clean);
}

TEST(Content, is_in_memory_that_is_wiped_also_after_it_was_moved) {
  memory::Budget budget(1 << 20);
  auto& account = budget.account("bodies");
  auto content = Content::parse(R"({"name": "root", "password": "correct horse battery"})", account);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->members().storage().get(), WipedMemory::heap());
  auto moved = std::move(*content);
  EXPECT_EQ(moved.members().storage().get(), WipedMemory::heap());
  EXPECT_EQ(moved.find("password")->storage().get(), WipedMemory::heap());
  EXPECT_GT(account.used(), 0U);
}

TEST(Content, has_secrets_that_are_no_strings) {
  memory::Budget budget(1 << 20);
  auto content = Content::parse(R"({"password": "correct horse", "old": null, "name": 3})", budget.account("bodies"));
  ASSERT_TRUE(content);
  EXPECT_EQ(needed_secret_of(*content, "password")->view(), "correct horse");
  EXPECT_FALSE(secret_of(*content, "old")->has_value());
  EXPECT_FALSE(secret_of(*content, "absent")->has_value());
  EXPECT_EQ(needed_secret_of(*content, "old").error().parameter, "old");
  EXPECT_EQ(secret_of(*content, "name").error().status, 400U);
}

TEST(Content, that_is_no_json_object_is_refused) {
  memory::Budget budget(1 << 20);
  std::string deep = "1";
  for (int i = 0; i < 26; ++i) deep = "{\"a\":" + deep + "}";
  for (const std::string& bad : {std::string("[1]"), std::string("{"), std::string("{} {}"), std::string("{\"a\": 1,}"),
                                 std::string("\"text\""), deep})
    EXPECT_EQ(Content::parse(bad, budget.account("bodies")).error().code(), ErrorCode::kInvalidArgument) << bad;
  EXPECT_TRUE(Content::parse(" \r\n", budget.account("bodies")));
}

}  // namespace
}  // namespace holter::api
