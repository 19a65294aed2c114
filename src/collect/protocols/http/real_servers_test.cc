// Against servers from packages: Apache with digest authentication and mod_status, node_exporter.
#include <fstream>

#include "collect/protocols/http/test_probe.h"
#include "testing/certificates.h"
#include "testing/nginx.h"
#include "testing/real_server.h"

namespace holter::collect::http {
namespace {

using model::Node;
using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;

constexpr const char* kApache = R"(
ServerRoot {0}
ServerName localhost
PidFile {0}/pid
ErrorLog {0}/error.log
DefaultRuntimeDir {0}
Mutex file:{0} default
Listen 127.0.0.1:{1}
User nobody
Group nogroup
LoadModule mpm_event_module {2}/mod_mpm_event.so
LoadModule authn_core_module {2}/mod_authn_core.so
LoadModule authn_file_module {2}/mod_authn_file.so
LoadModule authz_core_module {2}/mod_authz_core.so
LoadModule authz_user_module {2}/mod_authz_user.so
LoadModule auth_digest_module {2}/mod_auth_digest.so
LoadModule status_module {2}/mod_status.so
<Location />
  AuthType Digest
  AuthName holter
  AuthDigestProvider file
  AuthUserFile {0}/users
  Require valid-user
</Location>
<Location /server-status>
  SetHandler server-status
</Location>
)";

/// Asks for the user "me" with the password "secret".
std::vector<std::string> apache(const std::string& directory, std::uint16_t port) {
  std::ofstream(directory + "/conf") << fmt::format(fmt::runtime(kApache), directory, port, "/usr/lib/apache2/modules");
  // printf 'me:holter:secret' | md5sum
  std::ofstream(directory + "/users") << "me:holter:93770093222c35af4ed7ba5230624123\n";
  return {"-X", "-f", directory + "/conf"};
}

class HttpRealServersTest : public HttpProbeTest {
 protected:
  std::unique_ptr<OneShot> ask(std::uint16_t port, std::vector<std::pair<std::string, Node>> more) {
    Node block = testing::block_of({entry("host", "127.0.0.1"), entry("port", std::to_string(port))});
    for (auto& [key, value] : more) {
      block.keys.push_back(key);
      block.items.push_back(std::move(value));
    }
    auto probe = http_plugin().compile({"app", set_, aliases_, block});
    EXPECT_TRUE(probe) << probe.error().message();
    return run(**probe, aliases_.size());
  }
  static Node digest(const char* password) {
    return testing::block_of(
        {entry("type", "Digest Auth"), entry("digestAuthUsername", "me"), entry("digestAuthPassword", password)});
  }
};

TEST_F(HttpRealServersTest, logs_in_to_apache_with_digest_and_reads_its_status) {
  testing::RealServer server("/usr/sbin/apache2", apache);
  ASSERT_TRUE(server.running()) << "apache2 is not installed: tools/setup.sh installs it";
  aliases_ = {"accesses", "busy", "idle"};
  std::vector<std::pair<std::string, Node>> block{
      entry("url", "/server-status?auto"),
      entry("parseType", "regex"),
      entry("parseScript",
            R"((?s)Total Accesses: (?P<accesses>\d+).*BusyWorkers: (?P<busy>\d+).*IdleWorkers: (?P<idle>\d+))"),
      {"authorization", digest("secret")}};
  auto shot = ask(server.port(), block);
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_GE(std::stoi(row(*shot, 0)[1]), 1);
  block.back() = {"authorization", digest("wrong")};
  auto refused = ask(server.port(), block);
  EXPECT_EQ(refused->code(), ResultCode::kFail);
  EXPECT_THAT(refused->message(), HasSubstr("StatusCode 401: 401 Unauthorized"));
}

TEST_F(HttpRealServersTest, reads_the_status_of_nginx) {
  auto certificate = testing::make_certificate({});
  testing::Nginx nginx("location = /status { stub_status; }", certificate.certificate, certificate.key);
  aliases_ = {"active", "requests"};
  ASSERT_TRUE(nginx.running()) << "nginx is not installed: tools/setup.sh installs it";
  auto shot = ask(
      nginx.http_port(),
      {entry("url", "/status"), entry("parseType", "regex"),
       entry("parseScript",
             R"(Active connections: (?P<active>\d+)\s+server accepts handled requests\s+\d+ \d+ (?P<requests>\d+))")});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(row(*shot, 0)[0], "1");
}

TEST_F(HttpRealServersTest, reads_a_metric_of_node_exporter) {
  testing::RealServer server("/usr/bin/prometheus-node-exporter", [](const std::string&, std::uint16_t port) {
    return std::vector<std::string>{fmt::format("--web.listen-address=127.0.0.1:{}", port)};
  });
  ASSERT_TRUE(server.running()) << "prometheus-node-exporter is not installed: tools/setup.sh installs it";
  set_ = "node_cpu_seconds_total";
  aliases_ = {"cpu", "mode", "value"};
  auto shot =
      ask(server.port(), {entry("url", "/metrics"), entry("parseType", "prometheus"), entry("timeout", "30000")});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_GE(shot->table().rows(), 8);
  EXPECT_EQ(row(*shot, 0)[0], "0");
  auto probe = compile({{"host", "h"}, {"parseType", "prometheus"}}).value();
  OneShot again(services_, aliases_.size(), account_);
  again.replay(*probe, shot->trace().answer);
  ASSERT_EQ(again.table().rows(), shot->table().rows());
  EXPECT_EQ(row(again, 3), row(*shot, 3));
}

}  // namespace
}  // namespace holter::collect::http
