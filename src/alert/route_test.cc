#include "alert/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::alert {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kReceivers{"mail", "phone", "chat"};
using Names = std::vector<std::string>;

RouteSpec to(std::string matchers, Names receivers, std::vector<RouteSpec> routes = {}) {
  RouteSpec spec;
  spec.matchers = std::move(matchers);
  spec.receivers = std::move(receivers);
  spec.routes = std::move(routes);
  return spec;
}
RouteSpec continued(RouteSpec spec) {
  spec.continues = true;
  return spec;
}
RouteTree tree(const RouteSpec& spec) {
  auto compiled = RouteTree::compile(spec, kReceivers);
  EXPECT_TRUE(compiled) << (compiled ? "" : compiled.error().message());
  return std::move(compiled).value();
}
Error error(const RouteSpec& spec) {
  return RouteTree::compile(spec, kReceivers).error();
}
std::vector<std::string> keys(const RouteTree& tree, const model::Labels& labels) {
  std::vector<std::string> out;
  for (const auto& route : tree.match(labels)) out.push_back(route->key);
  return out;
}

TEST(RouteTree, leads_to_the_deepest_route_that_matches) {
  auto routes = tree(to("", {"mail"},
                        {to("{team=\"web\"}", {"chat"}, {to("{severity=\"critical\"}", {"phone"})}),
                         to("{severity=~\".+\"}", {"phone"})}));
  EXPECT_THAT(keys(routes, {{"severity", "critical"}, {"team", "web"}}),
              ElementsAre("{}/{team=\"web\"}/{severity=\"critical\"}"));
  EXPECT_THAT(keys(routes, {{"severity", "info"}, {"team", "web"}}), ElementsAre("{}/{team=\"web\"}"));
  EXPECT_THAT(keys(routes, {{"severity", "info"}}), ElementsAre("{}/{severity=~\".+\"}"));
  EXPECT_THAT(keys(routes, {{"a", "b"}}), ElementsAre("{}"));
  EXPECT_EQ(routes.match({{"severity", "info"}})[0]->index, 3U);
  EXPECT_EQ(routes.route(3)->key, "{}/{severity=~\".+\"}");
}

TEST(RouteTree, goes_on_behind_a_match_only_where_it_is_told_to_continue) {
  auto routes = tree(to("", {"mail"},
                        {continued(to("{a=\"1\"}", {"chat"})), continued(to("{b=\"1\"}", {"phone"})),
                         to("{a=~\".+\"}", {"mail"}), to("{b=\"1\"}", {"mail"})}));
  EXPECT_THAT(keys(routes, {{"a", "1"}, {"b", "1"}}), ElementsAre("{}/{a=\"1\"}", "{}/{b=\"1\"}", "{}/{a=~\".+\"}"));
  EXPECT_THAT(keys(routes, {{"a", "1"}}), ElementsAre("{}/{a=\"1\"}", "{}/{a=~\".+\"}"));
  EXPECT_THAT(keys(routes, {{"b", "1"}}), ElementsAre("{}/{b=\"1\"}", "{}/{b=\"1\"}#2"));
  EXPECT_THAT(keys(routes, {}), ElementsAre("{}"));
}

TEST(RouteTree, inherits_what_a_route_does_not_say) {
  auto root = to("", {"mail"});
  root.group_by = Names{"alertname"};
  root.group_wait = seconds(10);
  root.mute_windows = Names{"daily 22:00-06:00 Etc/UTC"};
  root.routes = {RouteSpec{.matchers = "{a=\"1\"}"}, to("{a=\"2\"}", {})};
  root.routes[0].routes = {to("{b=\"1\"}", {"phone"})};
  root.routes[0].routes[0].group_by = Names{"..."};
  root.routes[0].repeat_interval = hours(1);
  root.routes[1].mute_windows = Names{};
  root.routes[1].group_interval = minutes(1);
  auto routes = tree(root);
  const auto& plain = *routes.match({{"a", "1"}})[0];
  EXPECT_THAT(plain.receivers, ElementsAre("mail"));
  EXPECT_THAT(plain.group_by, ElementsAre("alertname"));
  EXPECT_EQ(plain.group_wait, seconds(10));
  EXPECT_EQ(plain.group_interval, minutes(5));
  EXPECT_EQ(plain.repeat_interval, hours(1));
  EXPECT_EQ(plain.mute_windows.size(), 1U);
  const auto& deeper = *routes.match({{"a", "1"}, {"b", "1"}})[0];
  EXPECT_TRUE(deeper.group_by_all);
  EXPECT_THAT(deeper.receivers, ElementsAre("phone"));
  EXPECT_EQ(deeper.repeat_interval, hours(1));
  const auto& other = *routes.match({{"a", "2"}})[0];
  EXPECT_TRUE(other.receivers.empty());
  EXPECT_TRUE(other.mute_windows.empty());
  EXPECT_EQ(other.group_interval, minutes(1));
  EXPECT_EQ(other.repeat_interval, hours(4));
}

TEST(RouteTree, is_muted_inside_of_mute_windows_and_outside_of_active_ones) {
  auto root = to("", {"mail"});
  root.active_windows = Names{"daily 08:00-20:00 Etc/UTC"};
  root.mute_windows = Names{"daily 12:00-13:00 Etc/UTC"};
  auto routes = tree(root);
  const auto& route = *routes.route(0);
  const WallTime midnight{hours(24 * 20'000)};
  EXPECT_TRUE(route.muted_at(midnight));
  EXPECT_FALSE(route.muted_at(midnight + hours(8)));
  EXPECT_TRUE(route.muted_at(midnight + hours(12)));
  EXPECT_FALSE(route.muted_at(midnight + hours(13)));
  EXPECT_TRUE(route.muted_at(midnight + hours(20)));
  EXPECT_EQ(route.next_mute_change(midnight), midnight + hours(8));
  EXPECT_EQ(route.next_mute_change(midnight + hours(8)), midnight + hours(12));
  EXPECT_EQ(tree(to("", {"mail"})).route(0)->next_mute_change(midnight), WallTime::max());
}

TEST(RouteTree, keeps_the_keys_of_routes_when_others_come_and_go) {
  auto before = tree(to("", {"mail"}, {to("{a=\"1\"}", {"mail"}), to("b=1", {"mail"})}));
  auto after = tree(to("", {"mail"}, {to("{c=\"1\"}", {"mail"}), to("{ b = \"1\" }", {"phone"})}));
  EXPECT_EQ(before.match({{"b", "1"}})[0]->key, after.match({{"b", "1"}})[0]->key);
  EXPECT_EQ(after.find("{}/{b=\"1\"}")->index, 2U);
  EXPECT_EQ(after.find("{}/{a=\"1\"}"), nullptr);
}

TEST(RouteTree, is_made_again_of_what_it_says_it_was_made_of) {
  auto root =
      to("", {"mail"}, {continued(to("severity =~ \"a|b\", x=y", {"phone"})), to("severity=~\"a|b\",x=\"y\"", {})});
  root.group_by = Names{"b", "a"};
  root.active_windows = Names{"mon,tue,wed 08:00-20:00 Etc/UTC"};
  auto first = tree(root);
  EXPECT_EQ(first.spec().routes[0].matchers, "{severity=~\"a|b\", x=\"y\"}");
  EXPECT_EQ(first.spec().active_windows->front(), "mon-wed 08:00-20:00 Etc/UTC");
  auto second = tree(first.spec());
  EXPECT_EQ(second.spec(), first.spec());
  ASSERT_EQ(second.size(), 3U);
  EXPECT_EQ(second.route(2)->key, first.route(2)->key);
  EXPECT_TRUE(second.route(1)->continues);
}

TEST(RouteTree, names_the_route_that_is_wrong_and_why) {
  auto unknown = error(to("", {"mail"}, {to("{a=\"1\"}", {"fone"})}));
  EXPECT_EQ(unknown.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(unknown.message(), "cannot use route {}/{a=\"1\"}: receiver 'fone' is not known (did you mean 'phone'?)");
  EXPECT_THAT(error(to("{a=\"1\"}", {"mail"})).message(), HasSubstr("the root must match all"));
  EXPECT_THAT(error(continued(to("", {"mail"}))).message(), HasSubstr("behind the root"));
  EXPECT_THAT(error(to("", {"mail", "mail"})).message(), HasSubstr("'mail' stands in it twice"));
  EXPECT_THAT(error(to("", {"mail"}, {to("{a=", {"mail"})})).message(), HasSubstr("a value is missing"));
  auto spec = to("", {"mail"});
  spec.group_by = Names{"a", "..."};
  EXPECT_THAT(error(spec).message(), HasSubstr("by no others"));
  spec.group_by = Names{"a", "b", "a"};
  EXPECT_THAT(error(spec).message(), HasSubstr("same label twice"));
  spec.group_by.reset();
  spec.group_interval = milliseconds(0);
  EXPECT_THAT(error(spec).message(), HasSubstr("group_interval is 0s; it must be from 1s"));
  spec.group_interval.reset();
  spec.repeat_interval = milliseconds(10);
  EXPECT_THAT(error(spec).message(), HasSubstr("repeat_interval is 10ms"));
  spec.repeat_interval.reset();
  spec.mute_windows = Names{"sometimes 10:00-11:00"};
  EXPECT_THAT(error(spec).message(), HasSubstr("'sometimes' is no day"));
}

TEST(RouteTree, has_bounds_in_depth_and_number) {
  auto deep = to("", {"mail"});
  for (std::size_t i = 1; i < RouteTree::kMostDepth; ++i) deep = to("", {"mail"}, {deep});
  EXPECT_TRUE(RouteTree::compile(deep, kReceivers));
  EXPECT_THAT(error(to("", {"mail"}, {deep})).message(), HasSubstr("deeper than 8"));
  auto wide = to("", {"mail"});
  for (std::size_t i = 1; i < RouteTree::kMostRoutes; ++i)
    wide.routes.push_back(to("x=\"" + std::to_string(i) + "\"", {}));
  EXPECT_TRUE(RouteTree::compile(wide, kReceivers));
  wide.routes.push_back(to("", {}));
  EXPECT_THAT(error(wide).message(), HasSubstr("more than 1000 routes"));
}

TEST(GroupLabels, are_those_that_an_alert_has) {
  Route route;
  route.group_by = {"a", "b", "c"};
  EXPECT_EQ(group_labels(route, {{"a", "1"}, {"b", ""}, {"x", "2"}}), (model::Labels{{"a", "1"}}));
  route.group_by.clear();
  EXPECT_EQ(group_labels(route, {{"a", "1"}}), model::Labels{});
  route.group_by_all = true;
  EXPECT_EQ(group_labels(route, {{"a", "1"}, {"x", "2"}}), (model::Labels{{"a", "1"}, {"x", "2"}}));
}

}  // namespace
}  // namespace holter::alert
