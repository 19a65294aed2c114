#include "status/page.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::status {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

constexpr std::string_view kSpec = R"({
  "title": "Acme <status>", "description": "How we are\nnow", "public": true, "time_zone": "Europe/Berlin",
  "languages": ["zh-CN", "en"], "history_days": 30, "response_time": true,
  "groups": [{"name": "Web", "components": [
    {"id": "site", "name": "Website", "description": "the shop", "monitors": ["web-1", "web-2"]},
    {"id": "db", "name": "Databases", "matchers": "{app=~\"mysql|redis\"}"}]}]})";

json::object spec() {
  return json::parse(kSpec).as_object();
}
json::object& component(json::object& spec, std::size_t at) {
  return spec.at("groups").at(0).at("components").at(at).as_object();
}
/// "member: text", or "none".
std::string fault_of(const json::object& spec) {
  auto page = read_page(spec);
  return page ? "none" : page.error().member + ": " + page.error().text;
}

TEST(Page, is_read_and_written_with_all_its_members) {
  auto page = read_page(spec());
  ASSERT_TRUE(page) << page.error().member << page.error().text;
  EXPECT_EQ(page->title, "Acme <status>");
  EXPECT_TRUE(page->is_public);
  EXPECT_EQ(page->history_days, 30U);
  EXPECT_EQ(page->groups.at(0).components.at(0).monitors, (std::vector<std::string>{"web-1", "web-2"}));
  EXPECT_EQ(find_component(*page, "db")->matchers, "{app=~\"mysql|redis\"}");
  EXPECT_EQ(find_component(*page, "nobody"), nullptr);
  EXPECT_EQ(count_components(*page), 2U);
  EXPECT_EQ(parse_page(json::serialize(write_page(*page))).value(), *page);
}

TEST(Page, is_private_and_in_utc_unless_it_says_otherwise) {
  auto page = read_page(json::object{{"title", "x"}});
  ASSERT_TRUE(page) << page.error().text;
  EXPECT_FALSE(page->is_public);
  EXPECT_EQ(page->time_zone, "UTC");
  EXPECT_EQ(page->history_days, 90U);
  EXPECT_FALSE(page->response_time);
  EXPECT_TRUE(page->groups.empty());
}

TEST(Page, faults_name_the_member_that_is_wrong) {
  auto with = [](std::string_view name, const auto& value) {
    auto changed = spec();
    changed[name] = value;
    return fault_of(changed);
  };
  EXPECT_THAT(with("title", ""), HasSubstr("spec.title: cannot use an empty text"));
  EXPECT_THAT(with("title", std::string(121, 'x')), HasSubstr("121 bytes, and 120 is the most"));
  EXPECT_THAT(with("title", "a\nb"), HasSubstr("control character"));
  EXPECT_THAT(with("title",
                   "a\xE2\x80\xAE"
                   "b"),
              HasSubstr("direction"));
  EXPECT_THAT(with("public", "yes"), HasSubstr("spec.public: "));
  EXPECT_THAT(with("time_zone", "Mars/Olympus"), HasSubstr("spec.time_zone: cannot use the unknown time zone"));
  EXPECT_THAT(with("history_days", 91), HasSubstr("from 1 to 90"));
  EXPECT_THAT(with("languages", json::array{"e\""}), HasSubstr("spec.languages: "));
  EXPECT_THAT(with("other", 1), HasSubstr("spec.other: cannot use it: there is no such member"));
  EXPECT_THAT(with("groups", json::array(21, json::object())), HasSubstr("cannot use 21 of them: 20 is the most"));
  EXPECT_THAT(with("groups", json::array{1}), HasSubstr("spec.groups[0]: "));
}

TEST(Page, components_have_ids_of_their_own_and_monitors) {
  auto changed = spec();
  component(changed, 1)["id"] = "site";
  EXPECT_EQ(fault_of(changed), "spec.groups[0].components[1].id: cannot use 'site' twice in a page");
  changed = spec();
  component(changed, 1)["id"] = "No";
  EXPECT_THAT(fault_of(changed), HasSubstr("components[1].id: cannot use 'No'"));
  changed = spec();
  component(changed, 1)["matchers"] = "{app=~\"(\"}";
  EXPECT_THAT(fault_of(changed), HasSubstr("components[1].matchers: "));
  component(changed, 1)["matchers"] = "{}";
  EXPECT_THAT(fault_of(changed), HasSubstr("every monitor"));
  component(changed, 1).erase("matchers");
  EXPECT_THAT(fault_of(changed), HasSubstr("components[1].monitors: cannot make a component of no monitors"));
}

TEST(Page, is_bounded_in_components_and_bytes) {
  auto changed = spec();
  json::array many;
  for (int i = 0; i < 60; ++i)
    many.push_back(json::object{{"id", fmt::format("c{}", i)}, {"name", "c"}, {"monitors", json::array{"m"}}});
  auto others = many;
  for (auto& other : others) other.as_object()["id"] = "o" + std::string(other.at("id").as_string());
  changed["groups"] = json::array{json::object{{"components", many}}, json::object{{"components", others}}};
  EXPECT_THAT(fault_of(changed), HasSubstr("cannot show 120 components: 100 are the most"));
  for (auto& one : many) one.as_object()["description"] = std::string(1000, 'x');
  for (auto& one : others) one.as_object()["description"] = std::string(1000, 'x');
  others.erase(others.begin() + 20, others.end());
  changed["groups"] = json::array{json::object{{"components", many}}, json::object{{"components", others}}};
  EXPECT_THAT(fault_of(changed), HasSubstr("bytes: 65536 are the most"));
}

TEST(Page, slugs_are_what_stands_in_addresses) {
  for (std::string_view good : {"a", "acme-2", "0"}) EXPECT_TRUE(is_slug(good)) << good;
  for (std::string good : {std::string(), std::string("A"), std::string("a b"), std::string("-a"), std::string("a-"),
                           std::string("a/b"), std::string(61, 'a'), std::string("ü")})
    EXPECT_FALSE(is_slug(good)) << good;
  EXPECT_TRUE(is_slug(std::string(60, 'a')));
}

}  // namespace
}  // namespace holter::status
