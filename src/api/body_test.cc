#include "api/body.h"

#include <string>

#include <gtest/gtest.h>

namespace holter::api {
namespace {

TEST(Body, with_a_secret_is_overwritten_where_it_lay) {
  memory::Budget budget(1 << 20);
  Body body(budget.account("bodies"));
  body.keep_secret();
  body.append(R"({"password": "correct horse battery"})");
  auto text = body.text();
  body.overwrite();
  // The room is kept, so that it may be looked at.
  EXPECT_EQ(text, std::string(text.size(), '\0'));
  EXPECT_EQ(body.size(), 0U);
  body.append("next");
  EXPECT_EQ(body.text(), "next");
}

TEST(Body, with_a_secret_grows_as_any_other) {
  memory::Budget budget(1 << 20);
  auto& account = budget.account("bodies");
  Body body(account);
  body.keep_secret();
  std::string all;
  for (int i = 0; i < 1'000; ++i) {
    auto piece = "piece " + std::to_string(i);
    body.append(piece);
    all += piece;
  }
  EXPECT_EQ(body.text(), all);
  auto moved = std::move(body);
  EXPECT_EQ(moved.text(), all);
  moved = Body(account);
  EXPECT_EQ(account.used(), 0U);
}

}  // namespace
}  // namespace holter::api
