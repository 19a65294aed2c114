// Against the real nginx, from its Debian package.
#include <fmt/format.h>

#include "net/http.h"
#include "testing/certificates.h"
#include "testing/http_test_base.h"
#include "testing/nginx.h"

namespace holter::net {
namespace {

using testing::make_certificate;

constexpr const char* kLocations = R"(
  location = /away { return 301 /hello.txt; }
  location = /none { return 204; }
  location = /echo { return 200 "$request_method $http_x_mine"; }
)";

class HttpNginxTest : public HttpTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(nginx_.running()) << "nginx did not start: tools/setup.sh installs it";
    nginx_.put("hello.txt", "hello");
    nginx_.put("large.txt", std::string(900'000, 'x'));
  }
  std::string http(const std::string& path) const {
    return fmt::format("http://127.0.0.1:{}{}", nginx_.http_port(), path);
  }
  std::string https(const std::string& path) const {
    return fmt::format("https://localhost:{}{}", nginx_.https_port(), path);
  }

  const testing::Certificate ca_ =
      make_certificate({.common_name = "Test CA", .alternative_names = "", .authority = true});
  const testing::Certificate own_ = make_certificate({}, &ca_);
  const testing::TempFile ca_file_{ca_.certificate};
  const testing::Nginx nginx_{kLocations, own_.certificate, own_.key};
};

TEST_F(HttpNginxTest, fetches_over_http_and_reuses_the_connection) {
  for (int i = 0; i < 5; ++i) {
    auto response = get(http("/hello.txt"));
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->body, "hello");
  }
  EXPECT_EQ(client_->stats().connections, 1);
}

TEST_F(HttpNginxTest, fetches_over_https_with_http_2) {
  auto response = fetch({.url = https("/hello.txt"), .ca_file = ca_file_.path()});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->http_version, "2");
  EXPECT_GT(response->certificate_expires_s, 0);
}

TEST_F(HttpNginxTest, rejects_its_certificate_without_the_authority) {
  EXPECT_TRUE(failed_with(get(https("/hello.txt")), ErrorCode::kUnavailable, "certificate"));
}

TEST_F(HttpNginxTest, follows_its_redirect) {
  auto response = get(http("/away"));
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "hello");
}

TEST_F(HttpNginxTest, unpacks_its_gzip) {
  auto response = get(http("/large.txt"));
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body.size(), 900'000);
}

TEST_F(HttpNginxTest, sends_every_method) {
  for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
    auto response = fetch({.method = method, .url = http("/echo"), .headers = {{"X-Mine", "yes"}}});
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->body, std::string(method) + " yes");
  }
  auto head = fetch({.method = "HEAD", .url = http("/hello.txt")});
  ASSERT_TRUE(head) << head.error().message();
  EXPECT_EQ(head->status, 200);
}

TEST_F(HttpNginxTest, reads_204_and_404) {
  EXPECT_EQ(get(http("/none"))->status, 204);
  EXPECT_EQ(get(http("/missing"))->status, 404);
}

}  // namespace
}  // namespace holter::net
