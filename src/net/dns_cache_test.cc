#include "net/dns_cache.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace holter::net {
namespace {

class DnsCacheTest : public ::testing::Test {
 protected:
  Result<DnsCache::Addresses> answer_{DnsCache::Addresses{boost::asio::ip::make_address("192.0.2.1")}};
  testing::FakeClock clock_;
  memory::Account account_{"dns", nullptr, 1 << 20};
};

TEST_F(DnsCacheTest, charges_entries_and_releases_them_with_the_cache) {
  {
    DnsCache cache(100, clock_, account_);
    for (int i = 0; i < 100; ++i) cache.put("host" + std::to_string(i), answer_, seconds(10));
    EXPECT_GE(account_.used(), 100 * 100);
  }
  EXPECT_EQ(account_.used(), 0);
}

TEST_F(DnsCacheTest, does_not_keep_what_the_account_has_no_room_for) {
  account_.set_limit(600);
  DnsCache cache(100, clock_, account_);
  for (int i = 0; i < 100; ++i) cache.put("host" + std::to_string(i), answer_, seconds(10));
  EXPECT_GT(cache.size(), 0);
  EXPECT_LE(account_.used(), 600);
  EXPECT_EQ(cache.find("host99"), nullptr);
  EXPECT_NE(cache.find("host0"), nullptr);
}

TEST_F(DnsCacheTest, drops_an_expired_entry_when_it_is_looked_up) {
  DnsCache cache(100, clock_, account_);
  cache.put("host", answer_, seconds(10));
  clock_.advance(seconds(10));
  EXPECT_EQ(cache.find("host"), nullptr);
  EXPECT_EQ(cache.size(), 0);
  EXPECT_EQ(account_.used(), 0);
}

TEST_F(DnsCacheTest, replaces_an_entry) {
  DnsCache cache(100, clock_, account_);
  cache.put("host", answer_, seconds(10));
  cache.put("host", Error(ErrorCode::kNotFound, "unknown host: host"), seconds(10));
  ASSERT_NE(cache.find("host"), nullptr);
  EXPECT_FALSE(cache.find("host")->has_value());
  EXPECT_EQ(cache.size(), 1);
}

TEST_F(DnsCacheTest, keeps_nothing_when_no_entry_is_allowed) {
  DnsCache cache(0, clock_, account_);
  cache.put("host", answer_, seconds(10));
  EXPECT_EQ(cache.find("host"), nullptr);
}

}  // namespace
}  // namespace holter::net
