#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "net/mail.h"
#include "testing/http_test_base.h"
#include "testing/real_server.h"

namespace holter::net {
namespace {

using ::testing::HasSubstr;

/// The real Exim: STARTTLS, by TLS a login to "ann" with the password "secret"; keeps mail for ops and dev in its
/// spool, knows no other user, and asks "slow" to come back later.
class Exim {
 public:
  explicit Exim(const testing::Certificate& certificate)
      : certificate_(certificate.certificate),
        key_(certificate.key),
        server_("/usr/sbin/exim4", [this](const auto& directory, auto port) {
          std::ofstream(directory + "/exim.conf") << configuration(directory);
          // It drops root, and writes its spool as its own user.
          (void)std::system(fmt::format("chmod a+r {} {}; mkdir {}/spool; chmod a+rx {}; chmod a+rwx {}/spool",
                                        certificate_.path(), key_.path(), directory, directory, directory)
                                .c_str());
          return std::vector<std::string>{"-C", directory + "/exim.conf", "-bdf", "-oX",
                                          "127.0.0.1." + std::to_string(port)};
        }) {}
  bool running() const { return server_.running(); }
  std::string url() const { return "smtp://localhost:" + std::to_string(server_.port()); }
  /// All headers and bodies that it has taken.
  std::string spool() const {
    std::string text;
    std::error_code ignored;  // there is no directory before the first mail
    for (const auto& file : std::filesystem::directory_iterator(server_.directory() + "/spool/input", ignored)) {
      std::ifstream in(file.path());
      text.append(std::istreambuf_iterator<char>(in), {});
    }
    return text;
  }

 private:
  std::string configuration(const std::string& directory) const {
    return fmt::format(R"(primary_hostname = mail.example
domainlist local_domains = mail.example
spool_directory = {0}/spool
log_file_path = {0}/%slog
pid_file_path = {0}/pid
keep_environment =
queue_only = true
host_lookup =
rfc1413_hosts =
tls_advertise_hosts = *
tls_certificate = {1}
tls_privatekey = {2}
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  defer local_parts = slow
        message = 4.7.1 come back later
  accept domains = +local_domains
         local_parts = ops : dev
         authenticated = *
  deny message = 5.1.1 no such user
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{ann}}}}{{eq{{$auth3}}{{secret}}}}}}}}
  server_set_id = $auth2
)",
                       directory, certificate_.path(), key_.path());
  }

  testing::TempFile certificate_, key_;
  testing::RealServer server_;
};

class EximTest : public HttpTest {
 protected:
  Result<MailReply> send(MailRequest request) {
    return testing::run_task(context_, mailer_->send(std::move(request), testing::soon()));
  }
  MailRequest mail() {
    return {.url = exim_.url(),
            .starttls = true,
            .verify_tls = true,
            .ca_file = ca_.path(),
            .user = "ann",
            .password = "secret",
            .from = "holter@mail.example",
            .to = {"ops@mail.example", "dev@mail.example"},
            .content = "From: holter@mail.example\r\nSubject: disk full\r\n\r\none\r\n.two\r\n"};
  }
  void TearDown() override {
    mailer_.reset();
    HttpTest::TearDown();
  }
  testing::Certificate certificate_ = testing::make_certificate({});
  testing::TempFile ca_{certificate_.certificate};
  Exim exim_{certificate_};
  std::unique_ptr<Mailer> mailer_ = std::make_unique<Mailer>(context_.get_executor(), clock_, resolver_, account_);
};

TEST_F(EximTest, a_real_server_takes_and_refuses_mail) {
  ASSERT_TRUE(exim_.running()) << "exim4 is not installed, or cannot run here: tools/setup.sh installs it";
  auto reply = send(mail());
  ASSERT_TRUE(reply.has_value()) << reply.error().message();
  EXPECT_EQ(reply->code, 250) << reply->text;
  EXPECT_THAT(reply->text, HasSubstr("OK id="));
  EXPECT_THAT(exim_.spool(), HasSubstr("Subject: disk full\n"));
  EXPECT_THAT(exim_.spool(), HasSubstr("one\n.two\n"));
  EXPECT_THAT(exim_.spool(), HasSubstr("ops@mail.example"));
  EXPECT_THAT(exim_.spool(), HasSubstr("dev@mail.example"));

  auto request = mail();
  request.to = {"ops@mail.example", "nobody@mail.example"};
  reply = send(request);
  ASSERT_TRUE(reply.has_value()) << reply.error().message();
  EXPECT_EQ(reply->code, 550);
  EXPECT_EQ(reply->refused, "nobody@mail.example");

  request.to = {"slow@mail.example"};
  reply = send(request);
  ASSERT_TRUE(reply.has_value()) << reply.error().message();
  EXPECT_EQ(reply->code, 451);
  EXPECT_EQ(reply->refused, "slow@mail.example");

  request = mail();
  request.password = "hunter2";
  reply = send(request);
  ASSERT_TRUE(reply.has_value()) << reply.error().message();
  EXPECT_EQ(reply->code, 535);
  EXPECT_EQ(reply->refused, "");

  request = mail();
  request.ca_file.clear();
  reply = send(request);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(reply.error().message(), HasSubstr("certificate"));
  EXPECT_THAT(exim_.spool(), ::testing::Not(HasSubstr("nobody@mail.example")));
}

}  // namespace
}  // namespace holter::net
