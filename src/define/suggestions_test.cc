#include "define/suggestions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::define {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using Reason = Suggestion::Reason;

struct Param {
  std::string field;
  model::ParamType type = model::ParamType::kText;
  bool required = false;
  std::optional<std::string> otherwise = {};
};

/// Definitions as a registry has them; what matters is which parameters there are.
class SuggestionsTest : public ::testing::Test {
 protected:
  SuggestionsTest() {
    using Type = model::ParamType;
    add("ping", "icmp", {});
    add("port", "telnet", {{"port", Type::kNumber, true}});
    add("website", "http", {{"port", Type::kNumber}, {"uri"}, {"ssl", Type::kBoolean, false, "false"}});
    add("ssl_cert", "ssl_cert", {{"port", Type::kNumber, true, "443"}});
    add("mysql", "jdbc", {{"port", Type::kNumber, true, "3306"}, {"username", Type::kText, true}});
    add("mariadb", "jdbc", {{"port", Type::kNumber, true, "3306"}, {"username", Type::kText, true}}, "mysql");
    add("zoo", "telnet", {{"port", Type::kNumber, true, "3306"}});
    add("grafana", "http", {{"port", Type::kNumber, true, "3000"}, {"ssl", Type::kBoolean, false, "false"}});
    add("gitlab", "http", {{"port", Type::kNumber, true, "443"}, {"ssl", Type::kBoolean, false, "true"}});
    add("snmp_device", "snmp", {{"port", Type::kNumber, true, "161"}});
    add("odd", "http", {{"port", Type::kNumber, true, "99999"}});
  }

  void add(const std::string& app, const std::string& protocol, std::vector<Param> params,
           const std::string& extends = "") {
    auto definition = std::make_shared<model::Definition>();
    definition->app = app;
    definition->extends = extends;
    params.insert(params.begin(), {"host", model::ParamType::kHost, true});
    for (auto& param : params)
      definition->params.push_back({.field = param.field,
                                    .type = param.type,
                                    .required = param.required,
                                    .has_default = param.otherwise.has_value(),
                                    .default_value = param.otherwise.value_or("")});
    definition->sets.push_back({.name = "summary", .protocol = protocol});
    registry.add(std::move(definition));
  }
  std::vector<Suggestion> suggest_for(std::string_view text, const Seen& seen = {}) {
    return suggest(registry, parse_subject(text).value(), seen);
  }
  static std::vector<std::string> names(const std::vector<Suggestion>& all) {
    std::vector<std::string> names;
    for (const auto& one : all) names.push_back(one.name);
    return names;
  }

  Registry registry;
};

TEST_F(SuggestionsTest, a_host_is_tried_on_the_default_ports_of_all_that_speaks_tcp) {
  auto plan = plan_scan(registry, parse_subject("db1.example").value());
  EXPECT_THAT(plan.ports, ElementsAre(443, 80, 8443, 8080, 3000, 3306));
  EXPECT_THAT(plan.left_out, IsEmpty());
  EXPECT_THAT(plan_scan(registry, parse_subject("db1.example:6379").value()).ports, ElementsAre(6379));
  EXPECT_THAT(plan_scan(registry, parse_subject("https://a/x").value()).ports, ElementsAre(443));
  EXPECT_THAT(plan_scan(registry, parse_subject("192.0.2.0/28").value()).ports, IsEmpty());
}

TEST_F(SuggestionsTest, no_more_ports_than_the_limit_are_tried_and_the_rest_is_told) {
  for (int i = 0; i < 70; ++i)
    add("app" + std::to_string(i), "http", {{"port", model::ParamType::kNumber, true, std::to_string(20'000 + i)}});
  auto plan = plan_scan(registry, parse_subject("db1.example").value());
  EXPECT_EQ(plan.ports.size(), 64U);
  EXPECT_EQ(plan.ports[0], 443);
  EXPECT_EQ(plan.left_out.size(), 12U);
  EXPECT_EQ(plan.left_out.back(), 20'069);
}

TEST_F(SuggestionsTest, of_a_host_what_answered_is_offered_ping_first_then_the_best_of_each_port) {
  auto all = suggest_for("db1.example", {.ping_ms = 0.5, .open = {{3306, 2}, {443, 3}, {3000, 4}}});
  EXPECT_THAT(names(all),
              ElementsAre("db1.example ping", "db1.example website", "db1.example ssl_cert", "db1.example gitlab",
                          "db1.example grafana", "db1.example zoo", "db1.example mysql"));
  for (const auto& one : all) EXPECT_TRUE(one.reachable) << one.name;
  EXPECT_EQ(all[0].reason, Reason::kPing);
  EXPECT_EQ(all[0].duration_ms, 0.5);
  EXPECT_THAT(all[1].params, ElementsAre(Pair("host", "db1.example"), Pair("ssl", "true")));
  EXPECT_EQ(all[1].port, 443);
  EXPECT_EQ(all[1].duration_ms, 3);
  EXPECT_THAT(all[3].params, ElementsAre(Pair("host", "db1.example")));  // TLS is its default
  EXPECT_THAT(all[6].missing, ElementsAre("username"));
  EXPECT_EQ(all[6].reason, Reason::kDefaultPort);
  EXPECT_THAT(suggest_for("db1.example"), IsEmpty());
}

TEST_F(SuggestionsTest, what_extends_another_on_the_same_port_is_left_to_that_one) {
  EXPECT_THAT(names(suggest_for("a", {.open = {{3306, 1}}})), Not(Contains("a mariadb")));
}

TEST_F(SuggestionsTest, a_url_gives_website_certificate_and_ping) {
  auto all = suggest_for("https://shop.example:8443/x?y=1", {.open = {{8443, 7}}});
  EXPECT_THAT(names(all), ElementsAre("shop.example:8443 website", "shop.example:8443 ssl_cert", "shop.example ping"));
  EXPECT_THAT(all[0].params, ElementsAre(Pair("host", "shop.example"), Pair("port", "8443"), Pair("ssl", "true"),
                                         Pair("uri", "/x?y=1")));
  EXPECT_TRUE(all[0].reachable);
  EXPECT_THAT(all[1].params, ElementsAre(Pair("host", "shop.example"), Pair("port", "8443")));
  EXPECT_FALSE(all[2].reachable);
  EXPECT_FALSE(all[2].duration_ms);
  auto plain = suggest_for("http://shop.example");
  EXPECT_THAT(names(plain), ElementsAre("shop.example website", "shop.example ping"));
  EXPECT_THAT(plain[0].params, ElementsAre(Pair("host", "shop.example")));
  EXPECT_FALSE(plain[0].reachable);
}

TEST_F(SuggestionsTest, a_url_on_the_port_of_an_application_offers_that_too) {
  auto all = suggest_for("https://a:3000");
  EXPECT_THAT(names(all), ElementsAre("a:3000 website", "a:3000 ssl_cert", "a grafana", "a ping"));
  EXPECT_THAT(all[2].params, ElementsAre(Pair("host", "a"), Pair("ssl", "true")));
}

TEST_F(SuggestionsTest, an_endpoint_gives_what_speaks_there_then_the_port_and_a_ping) {
  auto known = suggest_for("db1.example:3306", {.open = {{3306, 2}}});
  EXPECT_THAT(names(known),
              ElementsAre("db1.example zoo", "db1.example mysql", "db1.example:3306 port", "db1.example ping"));
  EXPECT_THAT(known[2].params, ElementsAre(Pair("host", "db1.example"), Pair("port", "3306")));
  EXPECT_EQ(known[2].reason, Reason::kPort);
  EXPECT_THAT(known[2].missing, IsEmpty());
  EXPECT_THAT(names(suggest_for("[::1]:7777")), ElementsAre("[::1]:7777 port", "::1 ping"));
  EXPECT_THAT(names(suggest_for("a:80")), ElementsAre("a website", "a:80 port", "a ping"));
}

TEST_F(SuggestionsTest, an_address_of_a_network_gets_a_ping) {
  auto one = suggest_ping(registry, "192.0.2.7", 1.5);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->name, "192.0.2.7 ping");
  EXPECT_EQ(one->reason, Reason::kNetwork);
  EXPECT_TRUE(one->reachable);
  EXPECT_EQ(one->duration_ms, 1.5);
  registry.remove("ping");
  EXPECT_FALSE(suggest_ping(registry, "192.0.2.7", 1.5));
}

TEST_F(SuggestionsTest, what_nobody_has_defined_is_not_suggested) {
  const Registry none;
  auto url = parse_subject("https://a").value();
  EXPECT_THAT(suggest(none, url, {.ping_ms = 1, .open = {{443, 1}}}), IsEmpty());
  EXPECT_THAT(plan_scan(none, parse_subject("a").value()).ports, IsEmpty());
}

}  // namespace
}  // namespace holter::define
