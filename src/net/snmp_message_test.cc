#include "net/snmp_message.h"

#include <array>
#include <cmath>

#include <gmock/gmock.h>

#include "testing/snmp_device.h"

namespace holter::net {
namespace {

using testing::ber;
using testing::ber_name;
using testing::ber_number;
using ::testing::HasSubstr;

std::string response(std::string_view bindings, std::string_view id = "\x02\x02\x12\x34") {
  auto pdu = ber(0xa2, std::string(id) + ber(2, ber_number(0)) + ber(2, ber_number(0)) + ber(0x30, bindings));
  return ber(0x30, ber(2, ber_number(1)) + ber(4, "public") + pdu);
}
std::string binding(const testing::SnmpName& name, std::uint8_t type, std::string_view content) {
  return ber(0x30, ber(6, ber_name(name)) + ber(type, content));
}

TEST(Oid, reads_dotted_numbers_and_nothing_else) {
  EXPECT_EQ(parse_oid("1.3.6.1.2.1"), Oid({1, 3, 6, 1, 2, 1}));
  EXPECT_EQ(parse_oid(".1.3.4294967295"), Oid({1, 3, 4294967295U}));
  EXPECT_EQ(oid_text(*parse_oid("2.999.3")), "2.999.3");
  for (const auto* text :
       {"", ".", "1", "1.", "1..3", "1.3.x", "1.3.4294967296", "1.-3", "3.1", "1.40", "iso.3", "1.3 "})
    EXPECT_FALSE(parse_oid(text)) << text;
  std::string longest = "1.3";
  for (std::size_t i = 2; i < kMostSubIds; ++i) longest += ".1";
  EXPECT_TRUE(parse_oid(longest));
  EXPECT_FALSE(parse_oid(longest + ".1"));
}

TEST(Oid, is_ordered_as_an_agent_walks) {
  EXPECT_LT(compare_oids(*parse_oid("1.3.1"), *parse_oid("1.3.1.0")), 0);
  EXPECT_LT(compare_oids(*parse_oid("1.3.2"), *parse_oid("1.3.10")), 0);
  EXPECT_EQ(compare_oids(*parse_oid("1.3.2"), *parse_oid("1.3.2")), 0);
  EXPECT_GT(compare_oids(*parse_oid("1.4"), *parse_oid("1.3.9")), 0);
  EXPECT_TRUE(is_below(*parse_oid("1.3.1.0"), *parse_oid("1.3.1")));
  EXPECT_FALSE(is_below(*parse_oid("1.3.10"), *parse_oid("1.3.1")));  // not as texts
}

TEST(Ber, reads_integers_to_the_ends_of_their_ranges) {
  for (std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{127}, std::int64_t{128}, std::int64_t{-129},
        std::int64_t{INT32_MAX}, std::int64_t{INT32_MIN}, INT64_MAX, INT64_MIN})
    EXPECT_EQ(ber_integer(ber_number(value)), value);
  EXPECT_EQ(ber_natural(std::string(8, '\xff')), UINT64_MAX);
  EXPECT_EQ(ber_natural(std::string("\0\xff\xff\xff\xff", 5)), 4294967295U);
  EXPECT_EQ(ber_natural("\xff\xff\xff\xff"), 4294967295U);  // some agents leave the zero out
  EXPECT_EQ(ber_natural(std::string(1, '\0') + std::string(8, '\xff')), UINT64_MAX);
  EXPECT_FALSE(ber_natural(std::string(9, '\xff')));
  EXPECT_FALSE(ber_integer(std::string(9, '\0')));
  EXPECT_FALSE(ber_integer(""));
}

TEST(Ber, reads_numbers_within_opaques) {
  EXPECT_FLOAT_EQ(static_cast<float>(*ber_opaque_number(std::string("\x9f\x78\x04\x3f\x80\x00\x00", 7))), 1.0F);
  EXPECT_DOUBLE_EQ(*ber_opaque_number(std::string("\x9f\x79\x08\x40\x04\x00\x00\x00\x00\x00\x00", 11)), 2.5);
  EXPECT_FALSE(ber_opaque_number("\x9f\x78\x04\x3f"));
  EXPECT_FALSE(ber_opaque_number("abc"));
}

TEST(Ber, refuses_elements_that_are_torn_or_of_no_length) {
  auto whole = ber(4, std::string(300, 'x'));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(BerReader(std::string_view(whole).substr(0, size)).element()) << size;
  EXPECT_FALSE(BerReader("\x30\x80xx").element());                     // indefinite
  EXPECT_FALSE(BerReader("\x04\x85\x00\x00\x00\x00\x01x").element());  // a length of five octets
  EXPECT_FALSE(BerReader("\x9f\x78\x04xxxx").element());               // a tag of two
  EXPECT_FALSE(BerReader("\x04\x84\xff\xff\xff\xffx").element());
}

TEST(Ber, refuses_identifiers_that_are_torn_too_long_or_too_large) {
  OidBuffer oid;
  EXPECT_TRUE(ber_oid(ber_name({1, 3, 4294967295U}), oid));
  EXPECT_EQ(oid_text(oid.view()), "1.3.4294967295");
  EXPECT_FALSE(ber_oid("", oid));
  EXPECT_FALSE(ber_oid("\x2b\x81", oid));                      // ends within a number
  EXPECT_FALSE(ber_oid("\x2b\x9f\xff\xff\xff\xff\x7f", oid));  // more than 32 bits
  EXPECT_FALSE(ber_oid(std::string(kMostSubIds, '\1'), oid));
}

TEST(SnmpMessage, is_written_as_the_standards_say) {
  std::vector<Oid> names = {*parse_oid("1.3.6.1.2.1.1.3.0"), *parse_oid("1.3.4294967295")};
  auto text = write_community_message(SnmpVersion::kV2c, "public",
                                      {.kind = BerType::kGetBulk, .names = names, .max_repetitions = 200}, 77)
                  .value();
  auto read = testing::SnmpDevice::read(text).value();
  EXPECT_EQ(read.version, 1);
  EXPECT_EQ(read.community, "public");
  EXPECT_EQ(read.kind, 0xa5);
  EXPECT_EQ(read.id, 77);
  EXPECT_EQ(read.non_repeaters, 0);
  EXPECT_EQ(read.repetitions, 200);
  EXPECT_EQ(read.names, std::vector<testing::SnmpName>(names.begin(), names.end()));
  std::vector<Oid> many(1000, names[0]);
  EXPECT_EQ(write_community_message(SnmpVersion::kV1, "public", {.names = many}, 1).error().code(),
            ErrorCode::kTooLarge);
}

TEST(SnmpMessage, is_read_binding_by_binding) {
  auto text = response(binding({1, 3, 6, 1}, 2, "\x05") + binding({1, 3, 6, 2}, 0x80, ""));
  EXPECT_EQ(read_label(text)->id, 0x1234);
  auto pdu = read_community_message(text).value();
  SnmpBinding found;
  ASSERT_TRUE(next_binding(pdu, found).value());
  EXPECT_EQ(oid_text(found.name.view()), "1.3.6.1");
  EXPECT_EQ(found.type, 2);
  EXPECT_EQ(found.content, "\x05");
  ASSERT_TRUE(next_binding(pdu, found).value());
  EXPECT_EQ(found.type, 0x80);
  EXPECT_FALSE(next_binding(pdu, found).value());
}

TEST(SnmpMessage, refuses_what_is_torn_or_no_snmp) {
  auto whole = response(binding({1, 3, 6, 1}, 4, "text"));
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(read_label(whole.substr(0, size))) << size;
  EXPECT_THAT(read_label("HTTP/1.1 400 Bad Request\r\n").error().message(), HasSubstr("this is not SNMP"));
  auto request = whole;
  request[whole.find('\xa2')] = '\xa0';
  EXPECT_THAT(read_community_message(request).error().message(), HasSubstr("it is no response"));
  auto other = whole;
  other[4] = 9;
  EXPECT_THAT(read_label(other).error().message(), HasSubstr("unknown version 9"));
  auto nameless = response(ber(0x30, ber(4, "no name")));
  auto bad = read_community_message(nameless).value();
  SnmpBinding found;
  EXPECT_THAT(next_binding(bad, found).error().message(), HasSubstr("a binding has no name"));
  auto valueless = response(ber(0x30, ber(6, ber_name({1, 3}))));
  bad = read_community_message(valueless).value();
  EXPECT_THAT(next_binding(bad, found).error().message(), HasSubstr("the value of 1.3 is torn"));
}

TEST(SnmpMessage, names_the_errors_of_agents) {
  EXPECT_EQ(snmp_status_name(1), "tooBig");
  EXPECT_EQ(snmp_status_name(5), "genErr");
  EXPECT_EQ(snmp_status_name(18), "inconsistentName");
  EXPECT_EQ(snmp_status_name(19), "error 19");
  EXPECT_EQ(snmp_status_name(-1), "error -1");
}

}  // namespace
}  // namespace holter::net
