#include "api/site.h"

#include <gtest/gtest.h>

namespace holter::api {
namespace {

TEST(Site, on_this_machine_alone_serves_its_names_only) {
  Site site;
  for (std::string_view host : {"localhost", "localhost:2157", "127.0.0.1:80", "[::1]:2157"})
    EXPECT_TRUE(site.serves(host)) << host;
  for (std::string_view host : {"", "example.com", "10.0.0.5", "10.0.0.5:2157", "localhost.example.com"})
    EXPECT_FALSE(site.serves(host)) << host;
}

TEST(Site, without_a_name_serves_addresses_since_no_name_leads_to_them) {
  Site site{.this_machine_only = false};
  for (std::string_view host : {"10.0.0.5", "10.0.0.5:2157", "[fd00::5]:2157", "localhost"})
    EXPECT_TRUE(site.serves(host)) << host;
  for (std::string_view host : {"", "example.com", "example.com:2157", "10.0.0.5.example.com", "fd00::5", "[10.0.0.5]"})
    EXPECT_FALSE(site.serves(host)) << host;
}

TEST(Site, with_a_name_serves_that) {
  auto site = parse_site("https://Holter.example:443/").value();
  site.this_machine_only = false;
  EXPECT_EQ(site.origin(), "https://holter.example");
  EXPECT_TRUE(site.secure());
  for (std::string_view host : {"holter.example", "HOLTER.example:443"}) EXPECT_TRUE(site.serves(host)) << host;
  for (std::string_view host : {"other.example", "holter.example:80", "10.0.0.5"})
    EXPECT_FALSE(site.serves(host)) << host;
}

TEST(Site, refuses_what_is_no_url_of_a_site) {
  for (std::string_view bad : {"", "holter.example", "ftp://holter.example", "https://", "https://a/b", "https://a b",
                               "https://a?b", "https://user@a"})
    EXPECT_FALSE(parse_site(bad)) << bad;
}

}  // namespace
}  // namespace holter::api
