#include "collect/protocols/snmp/record.h"

#include <gmock/gmock.h>

#include "net/snmp_ber.h"

namespace holter::collect::snmp {
namespace {

using ::testing::HasSubstr;

std::string again(std::string_view text) {
  auto bindings = read_bindings(text);
  if (!bindings) return bindings.error().message();
  std::string out;
  for (const auto& [name, type, content] : *bindings) out += write_binding(name, type, content);
  return out;
}

TEST(SnmpRecord, is_written_as_it_was_read) {
  const auto* text =
      ".1.3.6.1.2.1.1.1.0 = STRING: \"a \\\"quoted\\\" \\\\ text\"\n"
      ".1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.8072.3.2.10\n"
      ".1.3.6.1.2.1.1.3.0 = Timeticks: (148)\n"
      ".1.3.6.1.2.1.1.4.0 = INTEGER: -129\n"
      ".1.3.6.1.2.1.1.5.0 = Gauge32: 4294967295\n"
      ".1.3.6.1.2.1.1.6.0 = Counter32: 0\n"
      ".1.3.6.1.2.1.1.7.0 = Counter64: 18446744073709551615\n"
      ".1.3.6.1.2.1.1.8.0 = IpAddress: 192.168.1.2\n"
      ".1.3.6.1.2.1.1.9.0 = Hex-STRING: 00 1A FF \n"
      ".1.3.6.1.2.1.1.10.0 = Opaque: Float: 0.25\n"
      ".1.3.6.1.2.1.1.11.0 = STRING: \"\"\n";
  EXPECT_EQ(again(text), text);
}

TEST(SnmpRecord, is_read_as_snmpwalk_prints_it) {
  EXPECT_EQ(again("iso.3.6.1.1 = INTEGER: up(1)\n"), ".1.3.6.1.1 = INTEGER: 1\n");
  EXPECT_EQ(again(".1.3.6 = Timeticks: (8640000) 1 day, 0:00:00.00\r\n"), ".1.3.6 = Timeticks: (8640000)\n");
  EXPECT_EQ(again(".1.3.6 = \"\"\n"), ".1.3.6 = STRING: \"\"\n");
  EXPECT_EQ(again(".1.3.6 = STRING: eth0\n"), ".1.3.6 = STRING: \"eth0\"\n");
  EXPECT_EQ(again(".1.3.6 = STRING: \"two\nlines\"\n"), ".1.3.6 = Hex-STRING: 74 77 6F 0A 6C 69 6E 65 73 \n");
  EXPECT_EQ(again(".1.3.6 = Hex-STRING: 00 01\n02 03 \n.1.3.7 = INTEGER: 5\n"),
            ".1.3.6 = Hex-STRING: 00 01 02 03 \n.1.3.7 = INTEGER: 5\n");
  EXPECT_EQ(again(".1.3.6 = BITS: 80 00 loadAverage(0)\n"), ".1.3.6 = Hex-STRING: 80 00 \n");
  EXPECT_EQ(again(".1.3.6 = Network Address: 0A:00:00:FF\n"), ".1.3.6 = IpAddress: 10.0.0.255\n");
  EXPECT_EQ(again(".1.3.6 = Wrong Type (should be OCTET STRING): INTEGER: 7\n"), ".1.3.6 = INTEGER: 7\n");
  EXPECT_EQ(again(".1.3.6 = No Such Object available on this agent at this OID\n"
                  ".1.3.7 = No more variables left in this MIB View (It is past the end of the MIB tree)\n"
                  ".1.3.8 = NULL\n\n# a comment\n"),
            "");
}

TEST(SnmpRecord, is_sorted_as_an_agent_walks_and_the_last_of_equals_counts) {
  EXPECT_EQ(again(".1.3.10 = INTEGER: 1\n.1.3.2 = INTEGER: 2\n.1.3.2.1 = INTEGER: 3\n.1.3.10 = INTEGER: 4\n"),
            ".1.3.2 = INTEGER: 2\n.1.3.2.1 = INTEGER: 3\n.1.3.10 = INTEGER: 4\n");
}

TEST(SnmpRecord, says_which_line_cannot_be_read) {
  EXPECT_EQ(again(".1.3.6 = INTEGER: 5\nnonsense\n"), "cannot read the answer: line 2: there is no ' = ': 'nonsense'");
  EXPECT_THAT(again("SNMPv2-MIB::sysName.0 = STRING: x\n"), HasSubstr("this is no OID of numbers"));
  EXPECT_THAT(again(".1.3.6 = INTEGER: five\n"), HasSubstr("this is no number: 'five'"));
  EXPECT_THAT(again(".1.3.6 = FLOAT: 5\n"), HasSubstr("no such type is known"));
  EXPECT_THAT(again(".1.3.6 = STRING: \"open\nuntil the end"), HasSubstr("line 1: the string has no end"));
  EXPECT_THAT(again(".1.3.6 = IpAddress: 1.2.3\n"), HasSubstr("this is no address"));
}

}  // namespace
}  // namespace holter::collect::snmp
