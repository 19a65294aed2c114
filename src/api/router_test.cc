#include "api/router.h"

#include <set>

#include <gtest/gtest.h>

namespace holter::api {
namespace {

constexpr Route kRoutes[] = {{"GET", "/", {}, nullptr},
                             {"GET", "/a", {}, nullptr},
                             {"POST", "/a", {}, nullptr},
                             {"GET", "/a/{id}", {}, nullptr},
                             {"GET", "/a/{id}/b", {}, nullptr}};

Match find(std::string_view method, std::vector<std::string> path) {
  return find_route(kRoutes, method, {std::move(path), {}, ""});
}

TEST(Router, finds_a_route_by_method_and_path) {
  EXPECT_EQ(find("GET", {}).route, &kRoutes[0]);
  EXPECT_EQ(find("GET", {"a"}).route, &kRoutes[1]);
  EXPECT_EQ(find("POST", {"a"}).route, &kRoutes[2]);
  EXPECT_EQ(find("HEAD", {"a"}).route, &kRoutes[1]);
}

TEST(Router, an_id_is_16_hex_digits) {
  auto match = find("GET", {"a", "00000000DEADbeef", "b"});
  EXPECT_EQ(match.route, &kRoutes[4]);
  EXPECT_EQ(match.id, "00000000DEADbeef");
  for (std::string bad :
       {"1", "00000000deadbeeg", "00000000deadbeef0", "-000000deadbeef0", "0x00000deadbeef0", "+000000deadbeef0"}) {
    auto wrong = find("GET", {"a", bad});
    EXPECT_EQ(wrong.route, nullptr) << bad;
    EXPECT_EQ(wrong.problem.status, 400U) << bad;
    EXPECT_EQ(wrong.problem.parameter, "id");
  }
  EXPECT_EQ(parse_id("00000000000000ff"), MonitorId{255});
}

TEST(Router, a_wrong_method_names_those_that_there_are) {
  auto match = find("DELETE", {"a"});
  EXPECT_EQ(match.problem.status, 405U);
  EXPECT_EQ(match.allow, "GET, HEAD, POST");
}

TEST(Router, shorter_and_longer_paths_are_not_found) {
  EXPECT_EQ(find("GET", {"a", "00000000000000ff", "b", "c"}).problem.status, 404U);
  EXPECT_EQ(find("GET", {"a", ""}).problem.status, 404U);
  EXPECT_EQ(find("GET", {""}).problem.status, 404U);
  EXPECT_EQ(find("GET", {"b"}).pattern, "none");
}

TEST(Router, no_two_routes_are_the_same) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const auto& route : routes()) EXPECT_TRUE(seen.insert({route.method, route.pattern}).second) << route.pattern;
}

}  // namespace
}  // namespace holter::api
