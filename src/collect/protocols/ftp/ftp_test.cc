#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "testing/real_server.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& ftp_plugin();

namespace {

using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;
using Peer = testing::ScriptedPeer;

class FtpTest : public testing::StreamFaultsTest {
 protected:
  std::unique_ptr<Probe> make(std::uint16_t port, std::string timeout = "5000", std::string directory = "/",
                              std::string user = "", std::string password = "", std::string starttls = "false") {
    auto block =
        testing::block_of({entry("host", "127.0.0.1"), entry("port", std::to_string(port)), entry("timeout", timeout),
                           entry("direction", directory), entry("username", user), entry("password", password),
                           entry("startTls", starttls), entry("verifyTls", "false")});
    return ftp_plugin().compile({"ftp", "basic", aliases_, block}).value();
  }
  std::string text(const OneShot& shot, std::size_t column) {
    return std::string(shot.table().text(shot.table().at(0, column)));
  }
  std::vector<std::string> aliases_{"isActive", "responseTime"};
  const std::vector<Exchange> talk_{{"", "220 ready\r\n", "read the greeting of"},
                                    {"USER anonymous\r\n", "331 password please\r\n", "name the user to"},
                                    {"PASS password\r\n", "230-welcome\r\n  to us\r\n230 in\r\n", "log in to"},
                                    {"CWD /\r\n", "250 changed\r\n", "change the directory on"}};
};

TEST_F(FtpTest, bears_all_faults_of_a_peer) {
  bears_all_faults([this](auto port, auto timeout) { return make(port, timeout); }, talk_);
}

TEST_F(FtpTest, ten_thousand_rounds_leave_nothing_behind) {
  leaves_nothing_behind([this](auto port, auto timeout) { return make(port, timeout); }, talk_);
}

TEST_F(FtpTest, tells_whether_the_directory_is_there) {
  auto script = script_of(talk_, 3);
  script.insert(script.end(), {Peer::expect("CWD"), Peer::send("550 none\r\n"), Peer::stall()});
  Peer peer({script});
  auto probe = make(peer.port());
  auto shot = run(*probe, aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "false");
  OneShot again(services_, aliases_.size(), account_);
  again.replay(*probe, shot->trace().answer);
  EXPECT_EQ(text(again, 0), "false");
}

TEST_F(FtpTest, calls_a_refused_login_unconnectable_and_hides_the_password) {
  Peer peer({{Peer::send("220 x\r\n"), Peer::expect("USER ann"), Peer::send("331 x\r\n"), Peer::expect("PASS"),
              Peer::send("530 Login incorrect.\r\n"), Peer::stall()}});
  auto shot = run(*make(peer.port(), "5000", "/", "ann", "hunter2"), aliases_.size());
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("530 Login incorrect."));
  EXPECT_THAT(shot->message() + story(*shot), ::testing::Not(HasSubstr("hunter2")));
}

/// The real vsftpd with the directory "pub" for everybody; AUTH TLS with `certificate`, or none (nullptr).
class Vsftpd {
 public:
  explicit Vsftpd(const testing::Certificate* certificate)
      : server_("/usr/sbin/vsftpd", [certificate](const auto& directory, auto port) {
          auto home = directory + "/files";
          std::filesystem::create_directories(home + "/pub");
          std::filesystem::create_directories(directory + "/empty");
          auto file = directory + "/vsftpd.conf";
          std::ofstream(file) << "listen=YES\nbackground=NO\nlisten_address=127.0.0.1\nlisten_port=" << port
                              << "\nanonymous_enable=YES\nno_anon_password=YES\nanon_root=" << home
                              << "\nsecure_chroot_dir=" << directory
                              << "/empty\nseccomp_sandbox=NO\nftp_username=mail\n";
          if (certificate == nullptr) return std::vector<std::string>{file};
          std::ofstream(directory + "/c.pem") << certificate->certificate;
          std::ofstream(directory + "/k.pem") << certificate->key;
          std::ofstream(file, std::ios::app) << "ssl_enable=YES\nallow_anon_ssl=YES\nrsa_cert_file=" << directory
                                             << "/c.pem\nrsa_private_key_file=" << directory << "/k.pem\n";
          return std::vector<std::string>{file};
        }) {}
  bool running() const { return server_.running(); }
  std::uint16_t port() const { return server_.port(); }

 private:
  testing::RealServer server_;
};

TEST_F(FtpTest, logs_in_to_a_real_server) {
  Vsftpd server(nullptr);
  ASSERT_TRUE(server.running()) << "vsftpd is not installed, or cannot run here: tools/setup.sh installs it";
  auto shot = run(*make(server.port(), "5000", "/pub"), aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "true");
  auto none = run(*make(server.port(), "5000", "/nowhere"), aliases_.size());
  EXPECT_EQ(text(*none, 0), "false");
  auto no_tls = run(*make(server.port(), "5000", "/pub", "", "", "true"), aliases_.size());
  EXPECT_EQ(no_tls->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(no_tls->message(), HasSubstr("cannot start TLS with"));
}

TEST_F(FtpTest, speaks_tls_with_a_real_server_whose_certificate_is_good) {
  auto ask = [this](std::uint16_t port, const std::string& ca) {
    auto block = testing::block_of({entry("host", "localhost"), entry("port", std::to_string(port)),
                                    entry("direction", "/pub"), entry("startTls", "true"), entry("caFile", ca)});
    return run(*ftp_plugin().compile({"ftp", "basic", aliases_, block}).value(), aliases_.size());
  };
  auto certificate = testing::make_certificate({});
  testing::TempFile ca(certificate.certificate);
  Vsftpd server(&certificate);
  ASSERT_TRUE(server.running()) << "vsftpd is not installed, or cannot run here: tools/setup.sh installs it";
  auto shot = ask(server.port(), ca.path());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "true");
  EXPECT_THAT(story(*shot), HasSubstr("TLS: TLSv1."));
  auto stranger = ask(server.port(), "");
  EXPECT_EQ(stranger->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(stranger->message(), HasSubstr("the certificate is not trusted"));
}

TEST_F(FtpTest, refuses_blocks_that_are_wrong) {
  for (const auto& block : {testing::block_of({entry("host", "h"), entry("direction", "")}),
                            testing::block_of({entry("host", "h"), entry("direction", "/"), entry("ssl", "true")}),
                            testing::block_of({entry("host", "h"), entry("direction", "/\r\nDELE x")})})
    EXPECT_FALSE(ftp_plugin().compile({"ftp", "basic", aliases_, block}));
}

}  // namespace
}  // namespace holter::collect
