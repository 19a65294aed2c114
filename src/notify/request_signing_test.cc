#include "notify/request_signing.h"

#include <gtest/gtest.h>

namespace holter::notify {
namespace {

constexpr std::string_view kHashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(RequestSigning, digests_are_those_of_the_standards) {
  EXPECT_EQ(*sha256_hex(""), kHashOfNothing);
  EXPECT_EQ(*sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
  // RFC 4231, test case 2.
  EXPECT_EQ(to_hex(*hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(RequestSigning, an_empty_key_is_a_key) {
  EXPECT_EQ(to_hex(*hmac_sha256("", "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(to_hex(*hmac_sha256(std::string_view(), "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(RequestSigning, base64_is_that_of_rfc_4648) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foo"), "Zm9v");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64("\xff\xfe\xfd"), "//79");
}

TEST(RequestSigning, writes_times_as_clouds_read_them) {
  WallTime time(milliseconds(1'573'788'999'123));
  EXPECT_EQ(extended_utc(time), "2019-11-15T03:36:39Z");
  EXPECT_EQ(compact_utc(time), "20191115T033639Z");
}

/// The example of Huawei Cloud, "AK/SK signing and authentication algorithm".
TEST(RequestSigning, signs_the_example_of_huawei_cloud) {
  CanonicalRequest request{.method = "GET",
                           .path = "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs/",
                           .query = "limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
                           .headers = {{"content-type", "application/json"},
                                       {"host", "service.region.example.com"},
                                       {"x-sdk-date", "20191115T033655Z"}},
                           .body_hash = std::string(kHashOfNothing)};
  EXPECT_EQ(request.signed_headers(), "content-type;host;x-sdk-date");
  auto hash = *sha256_hex(request.text());
  EXPECT_EQ(hash, "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a");
  EXPECT_EQ(
      to_hex(*hmac_sha256("MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc", "SDK-HMAC-SHA256\n20191115T033655Z\n" + hash)),
      "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe");
}

/// The example of Alibaba Cloud, "V3 request structure and signature".
TEST(RequestSigning, signs_the_example_of_alibaba_cloud) {
  CanonicalRequest request{.query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
                           .headers = {{"host", "ecs.cn-shanghai.aliyuncs.com"},
                                       {"x-acs-action", "RunInstances"},
                                       {"x-acs-content-sha256", std::string(kHashOfNothing)},
                                       {"x-acs-date", "2023-10-26T10:22:32Z"},
                                       {"x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"},
                                       {"x-acs-version", "2014-05-26"}},
                           .body_hash = std::string(kHashOfNothing)};
  EXPECT_EQ(to_hex(*hmac_sha256("YourAccessKeySecret", "ACS3-HMAC-SHA256\n" + *sha256_hex(request.text()))),
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
}

}  // namespace
}  // namespace holter::notify
