#include "net/icmp_packet.h"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace holter::net {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes(std::initializer_list<int> values) {
  Bytes out;
  for (int v : values) out.push_back(static_cast<std::byte>(v));
  return out;
}

/// An IPv4 header from 127.0.0.1 to 127.0.0.2 with TTL 63, in front of `payload`.
Bytes with_ipv4(Bytes payload, int protocol = 1) {
  auto packet = bytes({0x45, 0, 0, 0, 0, 0, 0, 0, 63, protocol, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2});
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

Bytes reply_to(const EchoTag& tag) {
  auto echo = make_echo(IpFamily::kV4, tag);
  Bytes out(echo.begin(), echo.end());
  out[0] = std::byte{0};  // echo reply
  out[2] = out[3] = std::byte{0};
  auto sum = internet_checksum(out);
  out[2] = static_cast<std::byte>(sum >> 8);
  out[3] = static_cast<std::byte>(sum & 0xff);
  return out;
}

constexpr EchoTag kTag{.ident = 0x1234, .sequence = 0xfffe, .cookie = 0x1122334455667788};

TEST(IcmpPacket, matches_the_checksum_example_of_rfc_1071) {
  EXPECT_EQ(internet_checksum(bytes({0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7})),
            static_cast<std::uint16_t>(~0xddf2));
  EXPECT_EQ(internet_checksum(bytes({0x01})), static_cast<std::uint16_t>(~0x0100));
}

TEST(IcmpPacket, makes_a_request_whose_checksum_is_right) {
  auto echo = make_echo(IpFamily::kV4, kTag);
  EXPECT_EQ(echo[0], std::byte{8});
  EXPECT_EQ(internet_checksum(echo), 0);
  EXPECT_EQ(make_echo(IpFamily::kV6, kTag)[0], std::byte{128});
}

TEST(IcmpPacket, reads_a_reply) {
  auto reply = parse_echo(IpFamily::kV4, true, with_ipv4(reply_to(kTag)));
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->kind, EchoReply::Kind::kReply);
  EXPECT_EQ(reply->tag.ident, kTag.ident);
  EXPECT_EQ(reply->tag.sequence, kTag.sequence);
  EXPECT_EQ(reply->tag.cookie, kTag.cookie);
  EXPECT_EQ(reply->ttl, 63);
}

TEST(IcmpPacket, reads_who_was_unreachable_from_the_quoted_request) {
  auto echo = make_echo(IpFamily::kV4, kTag);
  Bytes request(echo.begin(), echo.begin() + 8);  // RFC 792: header and 64 bits
  auto error = bytes({3, 1, 0, 0, 0, 0, 0, 0});
  auto quoted = with_ipv4(request);
  error.insert(error.end(), quoted.begin(), quoted.end());
  auto reply = parse_echo(IpFamily::kV4, true, with_ipv4(error));
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->kind, EchoReply::Kind::kUnreachable);
  EXPECT_EQ(reply->code, 1);
  EXPECT_EQ(reply->tag.sequence, kTag.sequence);
  EXPECT_EQ(reply->original_destination[3], 2);
}

TEST(IcmpPacket, refuses_what_is_cut_off_at_any_byte) {
  auto whole = with_ipv4(reply_to(kTag));
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_FALSE(parse_echo(IpFamily::kV4, true, std::span(whole).first(n)).has_value()) << n;
}

TEST(IcmpPacket, refuses_a_flipped_bit) {
  auto whole = with_ipv4(reply_to(kTag));
  for (std::size_t i = 20; i < whole.size(); ++i) {
    auto damaged = whole;
    damaged[i] ^= std::byte{0x10};
    EXPECT_FALSE(parse_echo(IpFamily::kV4, true, damaged).has_value()) << i;
  }
}

TEST(IcmpPacket, refuses_requests_other_protocols_and_errors_about_them) {
  auto echo = make_echo(IpFamily::kV4, kTag);
  EXPECT_FALSE(parse_echo(IpFamily::kV4, true, with_ipv4(Bytes(echo.begin(), echo.end()))).has_value());
  EXPECT_FALSE(parse_echo(IpFamily::kV4, true, with_ipv4(reply_to(kTag), 17)).has_value());
  auto error = bytes({3, 3, 0, 0, 0, 0, 0, 0});
  auto quoted = with_ipv4(bytes({8, 0, 0, 0, 0, 0, 0, 0}), 17);  // about a UDP packet
  error.insert(error.end(), quoted.begin(), quoted.end());
  EXPECT_FALSE(parse_echo(IpFamily::kV4, true, with_ipv4(error)).has_value());
}

TEST(IcmpPacket, refuses_a_reply_longer_than_ours) {
  auto longer = reply_to(kTag);
  longer.resize(64);
  EXPECT_FALSE(parse_echo(IpFamily::kV4, true, with_ipv4(longer)).has_value());
}

}  // namespace
}  // namespace holter::net
