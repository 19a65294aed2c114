#include "net/snmp_usm.h"

#include <gmock/gmock.h>

namespace holter::net {
namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

const std::string kEngineId("\0\0\0\0\0\0\0\0\0\0\0\2", 12);

UsmUser maple(UsmAuth auth, UsmPrivacy privacy) {
  return {.name = "ann",
          .auth = auth,
          .auth_passphrase = "maplesyrup",
          .privacy = privacy,
          .privacy_passphrase = "maplesyrup"};
}

TEST(Usm, makes_the_keys_of_the_standard) {  // RFC 3414, A.3
  auto user = maple(UsmAuth::kMd5, UsmPrivacy::kDes);
  auto master = usm_master_keys(user).value();
  EXPECT_EQ(hex(master.auth), "9faf3283884e92834ebc9847d8edd963");
  EXPECT_EQ(hex(usm_local_keys(user, master, kEngineId)->auth), "526f5eed9fcce26f8964c2930787d82b");
  user.auth = UsmAuth::kSha1;
  master = usm_master_keys(user).value();
  EXPECT_EQ(hex(master.auth), "9fb5cc0381497b3793528939ff788d5d79145211");
  auto keys = usm_local_keys(user, master, kEngineId).value();
  EXPECT_EQ(hex(keys.auth), "6695febc9288e36282235fc7151f128497b38f3f");
  EXPECT_EQ(hex(keys.privacy), "6695febc9288e36282235fc7151f1284");
}

TEST(Usm, makes_keys_as_long_as_each_cipher_wants) {
  for (auto auth :
       {UsmAuth::kMd5, UsmAuth::kSha1, UsmAuth::kSha224, UsmAuth::kSha256, UsmAuth::kSha384, UsmAuth::kSha512})
    for (auto [privacy, size] : {std::pair{UsmPrivacy::kDes, 16},
                                 {UsmPrivacy::kAes128, 16},
                                 {UsmPrivacy::kAes192, 24},
                                 {UsmPrivacy::kAes256, 32},
                                 {UsmPrivacy::kAes192Cisco, 24},
                                 {UsmPrivacy::kAes256Cisco, 32}}) {
      auto user = maple(auth, privacy);
      auto keys = usm_local_keys(user, *usm_master_keys(user), kEngineId).value();
      EXPECT_EQ(keys.privacy.size(), static_cast<std::size_t>(size));
    }
  auto blumenthal = maple(UsmAuth::kSha1, UsmPrivacy::kAes256),
       reeder = maple(UsmAuth::kSha1, UsmPrivacy::kAes256Cisco);
  auto master = usm_master_keys(reeder).value();
  auto one = usm_local_keys(blumenthal, master, kEngineId)->privacy,
       other = usm_local_keys(reeder, master, kEngineId)->privacy;
  EXPECT_EQ(one.substr(0, 20), other.substr(0, 20));
  EXPECT_NE(one, other);
  // draft-reeder-snmpv3-usm-3desede: the localized key, and what follows from it as a passphrase.
  EXPECT_EQ(hex(other), "6695febc9288e36282235fc7151f128497b38f3f9b8b6d78936ba6e7d19dfd9c");
}

TEST(Usm, refuses_passphrases_that_are_too_short) {
  auto user = maple(UsmAuth::kSha1, UsmPrivacy::kAes128);
  user.privacy_passphrase = "short";
  auto keys = usm_master_keys(user);
  EXPECT_EQ(keys.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(keys.error().message(), "cannot use privPassphrase: it has fewer than 8 characters");
}

class UsmMessageTest : public ::testing::TestWithParam<std::tuple<UsmAuth, UsmPrivacy>> {
 protected:
  UsmUser user_ = maple(std::get<0>(GetParam()), std::get<1>(GetParam()));
  UsmKeys keys_ = usm_local_keys(user_, *usm_master_keys(user_), kEngineId).value();
  UsmEngine engine_{.id = kEngineId, .boots = 3, .time_s = 1000, .heard = MonoTime(seconds(50))};
  std::vector<Oid> names_ = {*parse_oid("1.3.6.1.2.1.1.3.0")};
};

TEST_P(UsmMessageTest, is_authentic_until_a_bit_changes) {
  user_.context = "here";
  auto text = usm_write(user_, keys_, engine_, MonoTime(seconds(60)), {.names = names_}, 42).value();
  auto message = usm_read(text).value();
  EXPECT_EQ(message.id, 42);
  EXPECT_EQ(message.boots, 3);
  EXPECT_EQ(message.time_s, 1010);
  EXPECT_EQ(message.user, "ann");
  EXPECT_EQ(message.encrypted, user_.privacy != UsmPrivacy::kNone);
  EXPECT_TRUE(usm_is_authentic(message, text, user_, keys_));
  auto others = keys_;
  others.auth[0] ^= 1;
  EXPECT_FALSE(usm_is_authentic(message, text, user_, others));
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    auto read = usm_read(changed);
    EXPECT_FALSE(read && usm_is_authentic(*read, changed, user_, keys_)) << i;
  }
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(usm_read(text.substr(0, size))) << size;
}

TEST_P(UsmMessageTest, hides_what_it_carries) {
  user_.context = "a context to be seen";
  auto text = usm_write(user_, keys_, engine_, MonoTime(seconds(60)), {.names = names_}, 42).value();
  bool hidden = text.find(user_.context) == std::string::npos;
  EXPECT_EQ(hidden, user_.privacy != UsmPrivacy::kNone);
  auto again = usm_write(user_, keys_, engine_, MonoTime(seconds(60)), {.names = names_}, 42).value();
  EXPECT_EQ(text != again, user_.privacy != UsmPrivacy::kNone);  // never the same salt
  // What is inside is a request, and this end reads responses only: so far decryption leads.
  std::string plain;
  auto opened = usm_open(*usm_read(text), user_, keys_, plain);
  EXPECT_EQ(opened.error().message(), "cannot read the answer: it is no response");
  if (!hidden) return;
  auto wrong = keys_;
  for (auto& c : wrong.privacy) c = static_cast<char>(c ^ 0x55);
  EXPECT_NE(usm_open(*usm_read(text), user_, wrong, plain).error().message(), opened.error().message());
}

INSTANTIATE_TEST_SUITE_P(Users, UsmMessageTest,
                         ::testing::Values(std::tuple(UsmAuth::kMd5, UsmPrivacy::kNone),
                                           std::tuple(UsmAuth::kMd5, UsmPrivacy::kDes),
                                           std::tuple(UsmAuth::kSha1, UsmPrivacy::kAes128),
                                           std::tuple(UsmAuth::kSha256, UsmPrivacy::kAes256Cisco),
                                           std::tuple(UsmAuth::kSha512, UsmPrivacy::kAes256)));

TEST(Usm, knows_the_reports_of_agents) {
  auto report = [](std::vector<std::uint32_t> name) {
    BerWriter writer;
    writer.integer(1);
    writer.oid(name);
    writer.wrap(BerType::kSequence);
    writer.wrap(BerType::kSequence);
    writer.integer(0);
    writer.integer(0);
    writer.integer(0);
    writer.wrap(BerType::kReport);
    std::string bytes(writer.bytes());
    BerReader reader(bytes);
    return usm_report_of(read_pdu(reader).value());
  };
  EXPECT_EQ(report({1, 3, 6, 1, 6, 3, 15, 1, 1, 2, 0}), UsmReport::kNotInTimeWindow);
  EXPECT_EQ(report({1, 3, 6, 1, 6, 3, 15, 1, 1, 4, 0}), UsmReport::kUnknownEngine);
  EXPECT_EQ(report({1, 3, 6, 1, 6, 3, 15, 1, 1, 6, 0}), UsmReport::kDecryptionError);
  EXPECT_EQ(report({1, 3, 6, 1, 6, 3, 15, 1, 1, 7, 0}), UsmReport::kOther);
  EXPECT_EQ(report({1, 3, 6, 1, 6, 3, 15, 1, 1}), UsmReport::kOther);
  EXPECT_EQ(report({1, 3, 6, 1, 6, 3, 12, 1, 5, 0}), UsmReport::kUnknownContext);
}

}  // namespace
}  // namespace holter::net
