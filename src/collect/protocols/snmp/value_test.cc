#include "collect/protocols/snmp/value.h"

#include <gmock/gmock.h>

#include "testing/snmp_device.h"

namespace holter::collect::snmp {
namespace {

using testing::ber_number;

TEST(SnmpValue, tells_ticks_in_words) {
  EXPECT_EQ(ticks_text(0), "0 seconds");
  EXPECT_EQ(ticks_text(99), "0 seconds");
  EXPECT_EQ(ticks_text((12 * 86'400ULL + 3600 + 7) * 100), "12 days, 1 hour, 7 seconds");
  EXPECT_EQ(ticks_text((86'400 + 60 + 1) * 100), "1 day, 1 minute, 1 second");
  EXPECT_EQ(ticks_text(4294967295), "497 days, 2 hours, 27 minutes, 52 seconds");
}

TEST(SnmpValue, tells_text_from_addresses_dates_and_bits) {
  EXPECT_EQ(octets_text("eth0"), "eth0");
  EXPECT_EQ(octets_text(""), "");
  EXPECT_EQ(octets_text("two\r\nlines\ttabbed"), "two\r\nlines\ttabbed");
  EXPECT_EQ(octets_text(std::string("Loopback\0", 9)), "Loopback");  // as Windows sends names
  EXPECT_EQ(octets_text(std::string("\0\x1a\x2b\x3c\x4d\xff", 6)), "00:1a:2b:3c:4d:ff");
  EXPECT_EQ(octets_text("\xa8\xb1\xd4\xfe\xd8\xe0"), "a8:b1:d4:fe:d8:e0");  // GB 2312, but no common characters
  EXPECT_EQ(octets_text("4\xb8\xc0\xa1\xb1\xb2"), "34:b8:c0:a1:b1:b2");
  EXPECT_EQ(octets_text("\xd2\xd4\xcc\xab\xcd\xf8"), "以太网");  // how Windows calls its first network card
  EXPECT_EQ(octets_text("\xb1\xbe\xb5\xd8\xc1\xac\xbd\xd3"), "本地连接");
  EXPECT_EQ(octets_text(std::string("\xb1\xbe\xb5\xd8\xb4\xc5\xc5\xcc C:\0", 12)), "本地磁盘 C:");
  EXPECT_EQ(octets_text("Büro 3"), "Büro 3");
  EXPECT_EQ(octets_text("机房"), "机房");
  EXPECT_EQ(octets_text("Küche"), "Küche");
  EXPECT_EQ(octets_text("\x44\xd9\xa7\x63\x21\x65"), "44:d9:a7:63:21:65");  // UTF-8, but no such name
  EXPECT_EQ(octets_text("机房一"), "机房一");
  EXPECT_EQ(octets_text(std::string("\x07\xea\x0b\x1e\x03\x3a\x05\x00", 8)), "2026-11-30,03:58:05.0");
  EXPECT_EQ(octets_text(std::string("\x07\xea\x0b\x1e\x03\x3a\x05\x00+\x08\x00", 11)), "2026-11-30,03:58:05.0 +08:00");
  EXPECT_EQ(octets_text(std::string("\x07\xea\x0d\x1e\x03\x3a\x05\x00", 8)), "07:ea:0d:1e:03:3a:05:00");  // no month 13
  EXPECT_EQ(octets_text(std::string(4, '\0')), "00:00:00:00");
  EXPECT_EQ(octets_text("\x80\x40"), "80:40");
  EXPECT_EQ(octets_text("\xb1"), "b1");                      // half of a character
  EXPECT_EQ(octets_text("a\x1b[31m"), "61:1b:5b:33:31:6d");  // controls are no text
}

class CellTest : public ::testing::Test {
 protected:
  std::string cell(std::uint8_t type, std::string_view content, Form form = Form::kUsual) {
    RawTable table;
    table.reset(1);
    EXPECT_TRUE(table.add_row());
    EXPECT_TRUE(put_value(table, 0, type, content, form));
    const auto& found = table.at(0, 0);
    switch (found.kind) {
      case RawTable::Kind::kNull:
        return "null";
      case RawTable::Kind::kInteger:
        return fmt::format("integer {}", found.integer);
      case RawTable::Kind::kDouble:
        return fmt::format("double {:.3f}", found.number);
      case RawTable::Kind::kText:
        break;
    }
    return "text " + std::string(table.text(found));
  }
};

TEST_F(CellTest, has_each_type_of_the_standard) {
  EXPECT_EQ(cell(0x02, ber_number(-5)), "integer -5");
  EXPECT_EQ(cell(0x41, std::string("\0\xff\xff\xff\xff", 5)), "integer 4294967295");
  EXPECT_EQ(cell(0x42, "\x7f"), "integer 127");
  EXPECT_EQ(cell(0x46, ber_number(1LL << 40)), "integer 1099511627776");
  EXPECT_EQ(cell(0x46, std::string(8, '\xff')), "text 18446744073709551615");
  EXPECT_EQ(cell(0x43, ber_number(700)), "text 7 seconds");
  EXPECT_EQ(cell(0x43, ber_number(700), Form::kNumber), "integer 700");
  EXPECT_EQ(cell(0x04, "name"), "text name");
  EXPECT_EQ(cell(0x04, "ABCDEF", Form::kHex), "text 41:42:43:44:45:46");
  EXPECT_EQ(cell(0x06, testing::ber_name({1, 3, 6, 1, 4, 1, 8072})), "text 1.3.6.1.4.1.8072");
  EXPECT_EQ(cell(0x40, "\xc0\xa8\x01\x02"), "text 192.168.1.2");
  EXPECT_EQ(cell(0x40, "\xc0\xa8"), "text c0:a8");
  EXPECT_EQ(cell(0x44, std::string("\x9f\x78\x04\x3f\x80\x00\x00", 7)), "double 1.000");
  EXPECT_EQ(cell(0x44, std::string("\x9f\x78\x04\x7f\x80\x00\x00", 7)), "null");  // infinite
  EXPECT_EQ(cell(0x44, "\x01\x02"), "text 01:02");
}

TEST_F(CellTest, is_empty_for_what_is_no_value) {
  for (std::uint8_t type : {0x05, 0x80, 0x81, 0x82, 0x99}) EXPECT_EQ(cell(type, ""), "null") << int(type);
  EXPECT_EQ(cell(0x02, ""), "null");
  EXPECT_EQ(cell(0x02, std::string(9, 'x')), "null");
  EXPECT_EQ(cell(0x06, "\x2b\x81"), "null");
}

}  // namespace
}  // namespace holter::collect::snmp
