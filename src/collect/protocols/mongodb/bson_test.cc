// Documents as bsonspec.org has them, and the example of RFC 7677.
#include "collect/protocols/mongodb/bson.h"

#include <gmock/gmock.h>

#include "collect/hex.h"
#include "collect/protocols/mongodb/scram.h"

namespace holter::collect::mongodb {
namespace {

using std::string_literals::operator""s;
using ::testing::HasSubstr;

std::string json_of(std::string_view document) {
  memory::Account account("test", nullptr, 64 << 20);
  net::ChargedText json(account, 1 << 20);
  auto written = append_json(document, json);
  return written ? json.text() : written.error().message();
}
/// A document of one member.
std::string member(char type, std::string_view value) {
  std::string body = std::string{type} + "v" + '\0';
  body.append(value) += '\0';
  return std::string{static_cast<char>(body.size() + 4), 0, 0, 0} + body;
}

TEST(Bson, reads_and_writes_the_examples_of_the_standard) {
  auto hello = "\x16\x00\x00\x00\x02hello\x00\x06\x00\x00\x00world\x00\x00"s;
  EXPECT_EQ(json_of(hello), R"({"hello":"world"})");
  EXPECT_EQ(BsonWriter().add("hello", "world").document(), hello);
  EXPECT_EQ(json_of("\x31\x00\x00\x00\x04"
                    "BSON\x00\x26\x00\x00\x00\x02\x30\x00\x08\x00\x00\x00"
                    "awesome\x00\x01\x31\x00\x33\x33\x33\x33\x33\x33\x14\x40\x10\x32\x00\xc2\x07\x00\x00\x00\x00"s),
            R"({"BSON":["awesome",5.05,1986]})");
}

TEST(Bson, writes_every_type_as_json) {
  auto bytes = [](std::string_view hex) { return from_hex(hex, 100).value(); };
  EXPECT_EQ(json_of(member('\x01', bytes("000000000000f03f"))), R"({"v":1.0})");
  EXPECT_EQ(json_of(member('\x01', bytes("000000000000f87f"))), R"({"v":"NaN"})");
  EXPECT_EQ(json_of(member('\x01', bytes("000000000000f0ff"))), R"({"v":"-Infinity"})");
  EXPECT_EQ(json_of(member('\x05', bytes("0200000000cafe"))), R"({"v":"cafe"})");
  EXPECT_EQ(json_of(member('\x07', bytes("507f1f77bcf86cd799439011"))), R"({"v":"507f1f77bcf86cd799439011"})");
  EXPECT_EQ(json_of(member('\x08', bytes("01"))), R"({"v":true})");
  EXPECT_EQ(json_of(member('\x09', bytes("00e40b5402000000"))), R"({"v":"1970-04-26T17:46:40.000Z"})");
  EXPECT_EQ(json_of(member('\x09', bytes("ffffffffffffff7f"))), R"({"v":9223372036854775807})");
  EXPECT_EQ(json_of(member('\x0a', "")), R"({"v":null})");
  EXPECT_EQ(json_of(member('\x0b', "a.b\0i\0"s)), R"({"v":"a.b"})");
  EXPECT_EQ(json_of(member('\x10', bytes("feffffff"))), R"({"v":-2})");
  EXPECT_EQ(json_of(member('\x11', bytes("0100000002000000"))), R"({"v":{"t":2,"i":1}})");
  EXPECT_EQ(json_of(member('\x12', bytes("0000000000000080"))), R"({"v":-9223372036854775808})");
  EXPECT_EQ(json_of(BsonWriter().add("a\"\\\n", "x\xff\xc3\xa4\x01").document()), R"({"a\u0022\u005c\u000a":"x\ufffd)"
                                                                                  "\xc3\xa4"
                                                                                  R"(\u0001"})");
}

TEST(Bson, refuses_documents_whose_lengths_do_not_fit) {
  for (const auto& wrong :
       {""s, "\x05\x00\x00\x00"s, "\x06\x00\x00\x00\x00"s, "\x05\x00\x00\x00\x01"s, "\xff\xff\xff\xff\x00"s,
        member('\x10', "\x01"), member('\x02', "\x00\x00\x00\x00"s), member('\x02', "\xff\xff\xff\xff"s),
        member('\x02', "\x02\x00\x00\x00xy"s), member('\x03', "\x04\x00\x00\x00"s),
        member('\x05', "\xff\xff\xff\x7f\x00"s), member('\x0b', "no end"), member('\x20', "")})
    EXPECT_THAT(json_of(wrong), HasSubstr("cannot read the document")) << ::testing::PrintToString(wrong);
}

TEST(Bson, follows_documents_only_so_deep) {
  BsonWriter inner;
  for (int i = 1; i < kMostDepth; ++i) inner = BsonWriter().add("a", inner);
  EXPECT_THAT(json_of(inner.document()), HasSubstr("{}"));
  EXPECT_THAT(json_of(BsonWriter().add("a", inner).document()),
              HasSubstr("more than 32 documents stand in each other"));
}

TEST(Scram, computes_the_example_of_the_standard) {
  auto first = scram_first("user", "rOprNGfwEbeRWgbNEkqO");
  auto answer = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  auto challenge = scram_challenge("rOprNGfwEbeRWgbNEkqO", answer);
  ASSERT_TRUE(challenge) << challenge.error().message();
  auto proof = scram_proof("pencil", first, answer, *challenge).value();
  EXPECT_EQ(proof.message,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  EXPECT_TRUE(scram_check(proof, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  EXPECT_FALSE(scram_check(proof, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5="));
  EXPECT_EQ(scram_first("a=b,c", "x"), "n=a=3Db=2Cc,r=x");
}

TEST(Scram, refuses_challenges_that_are_wrong) {
  for (const char* wrong :
       {"", "r=abc,s=c2FsdA==,i=4096", "r=xabc,s=c2FsdA==,i=4096", "r=abcd,s=,i=4096", "r=abcd,s=c2FsdA=,i=4096",
        "r=abcd,s=****,i=4096", "r=abcd,i=4096,s=c2FsdA==", "r=abcd,s=c2FsdA==,i=", "e=other-error"})
    EXPECT_FALSE(scram_challenge("abc", wrong)) << wrong;
}

}  // namespace
}  // namespace holter::collect::mongodb
