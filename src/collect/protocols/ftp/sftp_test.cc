#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "collect/protocols/ftp/sftp_packet.h"
#include "collect/protocols/ftp/test_sftp.h"
#include "collect/ssh_sessions.h"
#include "testing/openssh.h"
#include "testing/ssh_server.h"
#include "testing/stream_faults.h"
#include "testing/texts_block.h"

namespace holter::collect {

const PluginInfo& ftp_plugin();

namespace sftp {
namespace {

using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::SshServer;
using ::testing::StartsWith;

class SftpTest : public testing::StreamFaultsTest {
 protected:
  using Keys = testing::Texts;

  Probe& probe(std::uint16_t port, const Keys& more = {}) {
    Keys keys{{"host", "127.0.0.1"}, {"port", std::to_string(port)}, {"ssl", "true"},       {"timeout", "5000"},
              {"direction", "/pub"}, {"username", "watcher"},        {"password", "secret"}};
    auto block = testing::block_of_texts(std::move(keys), more);
    auto made = ftp_plugin().compile({"sftp", "basic", aliases_, block});
    EXPECT_TRUE(made) << made.error().message();
    probes_.push_back(std::move(*made));
    return *probes_.back();
  }
  Probe& probe(const testing::OpenSsh& server, const std::string& directory, Keys more = {}) {
    more.insert(
        more.end(),
        {{"direction", directory}, {"username", server.user()}, {"password", ""}, {"privateKey", server.key()}});
    return probe(server.port(), more);
  }
  static std::string active(const OneShot& shot) {
    if (shot.table().rows() == 0) return "no row";
    return std::string(shot.table().text(shot.table().at(0, 0)));
  }
  std::string again(const OneShot& shot) {
    OneShot replayed(services_, aliases_.size(), account_);
    replayed.replay(*probes_.back(), shot.trace().answer);
    return active(replayed);
  }
  /// A server that answers the nth packet with the nth of these.
  static SshServer server(std::vector<std::string> packets) { return SshServer({.packets = std::move(packets)}); }

  const std::vector<std::string> aliases_{"isActive", "responseTime"};
  std::vector<std::unique_ptr<Probe>> probes_;
  const std::string hello_ = packet(version(3)), directory_ = packet(attributes(1, u32(4) + u32(040755)));
};

TEST_F(SftpTest, sees_a_directory_of_the_real_server) {
  testing::OpenSsh server;
  ASSERT_TRUE(server.running()) << "openssh-server is not installed: tools/setup.sh installs it";
  auto pub = server.directory() + "/pub";
  std::filesystem::create_directory(pub);
  std::ofstream(pub + "/file") << "text";
  std::filesystem::create_directory_symlink(pub, server.directory() + "/link");
  for (const auto& [directory, there] : {std::pair{pub, "true"},
                                         {server.directory() + "/link", "true"},
                                         {std::string("."), "true"},
                                         {pub + "/file", "false"},
                                         {pub + "/none", "false"},
                                         {pub + "/file/below", "false"}}) {
    auto shot = run(probe(server, directory), aliases_.size());
    ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
    EXPECT_EQ(active(*shot), there) << directory;
    EXPECT_GT(shot->table().at(0, 1).number, 0);
    EXPECT_EQ(again(*shot), there);
  }
  EXPECT_EQ(SshSessions::of(services_).stats().opened, 1) << "the session serves on after each";
}

TEST_F(SftpTest, tells_each_step_of_the_real_server) {
  testing::OpenSsh server;
  ASSERT_TRUE(server.running()) << "openssh-server is not installed: tools/setup.sh installs it";
  auto shot = run(probe(server, "/nowhere"), aliases_.size());
  for (auto step : {"connected to 127.0.0.1", "host key SHA256:", "logged in by public key", "started sftp",
                    "agree on SFTP with: VERSION 3", "look at the directory on: STATUS 2 No such file"})
    EXPECT_THAT(story(*shot), HasSubstr(step));
  auto once = run(probe(server, "/", {{"reuseConnection", "false"}}), aliases_.size());
  EXPECT_EQ(active(*once), "true") << once->message();
  EXPECT_THAT(story(*once), Not(HasSubstr("a session that was kept")));
}

TEST_F(SftpTest, a_server_without_sftp_is_unconnectable) {
  testing::OpenSsh server({.more = {"ForceCommand echo Welcome"}});
  ASSERT_TRUE(server.running()) << "openssh-server is not installed: tools/setup.sh installs it";
  auto shot = run(probe(server, "/"), aliases_.size());
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), StartsWith("cannot agree on SFTP with 127.0.0.1:"));
  EXPECT_THAT(shot->message(), HasSubstr("begins with 'Welc'"));
  SshServer commands_only;
  auto none = run(probe(commands_only.port()), aliases_.size());
  EXPECT_EQ(none->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(none->message(), StartsWith("cannot start sftp on 127.0.0.1:"));
}

TEST_F(SftpTest, opens_the_directory_where_attributes_do_not_say_what_it_is) {
  auto unknown = packet(attributes(1, u32(0)));
  for (const auto& [answer, there] :
       {std::pair{handle(2, "h"), "true"}, {status(2, 2, "none"), "false"}, {status(2, 4, "Failure"), "false"}}) {
    auto peer = server({hello_, unknown, packet(answer)});
    auto shot = run(probe(peer.port()), aliases_.size());
    ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
    EXPECT_EQ(active(*shot), there);
    EXPECT_EQ(again(*shot), there);
  }
}

TEST_F(SftpTest, a_refused_login_is_unconnectable_and_hides_the_password) {
  auto peer = server({hello_, directory_});
  auto shot = run(probe(peer.port(), {{"password", "hunter2"}}), aliases_.size());
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("the server refused password"));
  EXPECT_THAT(shot->message() + story(*shot), Not(HasSubstr("hunter2")));
}

TEST_F(SftpTest, a_host_whose_key_has_changed_gets_no_password) {
  auto peer = server({hello_, directory_});
  auto key = u32(11) + "ssh-ed25519" + text(std::string(32, 'k'));
  ASSERT_TRUE(known_hosts_.check("127.0.0.1", peer.port(), key));
  auto shot = run(probe(peer.port()), aliases_.size());
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("somebody may be in between"));
  EXPECT_EQ(peer.logins(), 0);
}

TEST_F(SftpTest, names_the_step_at_which_a_peer_answers_wrongly) {
  const std::string agree = "cannot agree on SFTP with 127.0.0.1:", look = "cannot look at the directory on 127.0.0.1:";
  struct Case {
    std::vector<std::string> packets;
    std::string step, why;
  };
  const Case cases[] = {
      {{hello_.substr(0, 3)}, agree, "the channel ended"},
      {{hello_.substr(0, 7)}, agree, "the channel ended"},
      {{packet(version(3).substr(0, 3))}, agree, "a packet of type 2 breaks off"},
      {{packet(version(2))}, agree, "it speaks version 2, not 3"},
      {{packet("")}, agree, "a packet without a type"},
      {{"Welcome to this server"}, agree, "a packet of 1.37 GiB begins with 'Welc'"},
      {{u32(kMostPacket + 1)}, agree, "33.2 KiB are taken"},
      {{packet("\x63" + u32(1))}, agree, "type 99 answers nothing"},
      {{packet(handle(0, "h"))}, agree, "it answers what was not asked: HANDLE"},
      {{packet(status(0, 8, "Unsupported"))}, agree, "the server says STATUS 8 Unsupported"},
      {{hello_}, look, "channel"},  // noticed before or after the request is sent
      {{hello_, directory_.substr(0, 12)}, look, "the channel ended"},
      {{hello_, packet(attributes(1, u32(5) + u32(1)))}, look, "a packet of type 105 breaks off"},
      {{hello_, packet(attributes(7, u32(4) + u32(040755)))}, look, "it answers what was not asked: ATTRS 40755"},
      {{hello_, packet(handle(1, "h"))}, look, "it answers what was not asked: HANDLE"},
      {{hello_, packet(status(7, 2, "none"))}, look, "it answers what was not asked: STATUS 2 none"},
      {{hello_, packet(status(1, 7, "Connection lost"))}, look, "the server says STATUS 7 Connection lost"},
      {{hello_, packet(version(3))}, look, "it answers what was not asked: VERSION 3"},
      {{hello_, packet(attributes(1, u32(0))), packet(handle(2, std::string(300, 'h')))},
       "cannot open the directory on 127.0.0.1:",
       "a handle has 300 bytes"}};
  for (const auto& each : cases) {
    auto peer = server(each.packets);
    auto shot = run(probe(peer.port()), aliases_.size());
    EXPECT_EQ(shot->code(), ResultCode::kUnconnectable) << shot->message();
    EXPECT_THAT(shot->message(), StartsWith(each.step));
    EXPECT_THAT(shot->message(), HasSubstr(each.why));
  }
}

TEST_F(SftpTest, bears_a_peer_that_goes_silent_or_away_at_each_step) {
  using At = SshServer::At;
  using Fault = SshServer::Fault;
  struct Case {
    At at;
    std::vector<std::string> packets;
    std::string step;
  };
  const Case cases[] = {{At::kLogin, {hello_}, "log in to"},
                        {At::kChannel, {hello_}, "open a channel to"},
                        {At::kCommand, {hello_}, "start sftp on"},
                        {At::kOutput, {""}, "agree on SFTP with"},
                        {At::kOutput, {hello_.substr(0, 6)}, "agree on SFTP with"},
                        {At::kOutput, {hello_}, "look at the directory on"},
                        {At::kOutput, {hello_, directory_.substr(0, 9)}, "look at the directory on"}};
  for (const auto& each : cases)
    for (auto fault : {Fault::kStall, Fault::kClose, Fault::kReset}) {
      SshServer peer({.packets = each.packets, .at = each.at, .fault = fault});
      bool silent = fault == Fault::kStall;
      auto shot = run(probe(peer.port(), {{"timeout", silent ? "300" : "5000"}}), aliases_.size());
      EXPECT_EQ(shot->code(), ResultCode::kUnconnectable) << shot->message();
      // What is closed may be noticed a step earlier.
      EXPECT_THAT(shot->message(), StartsWith(silent ? "cannot " + each.step + " 127.0.0.1:" : "cannot "));
      if (silent) EXPECT_THAT(shot->message(), HasSubstr("no answer in time"));
      objects_.clear();
    }
}

TEST_F(SftpTest, asks_once_more_where_a_kept_session_has_ended) {
  testing::OpenSsh server;
  ASSERT_TRUE(server.running()) << "openssh-server is not installed: tools/setup.sh installs it";
  auto& asked = probe(server, "/");
  ASSERT_EQ(active(*run(asked, aliases_.size())), "true");
  server.end_sessions();
  auto again = run(asked, aliases_.size());
  EXPECT_EQ(active(*again), "true") << again->message();
  EXPECT_EQ(SshSessions::of(services_).stats().opened, 2);
}

TEST_F(SftpTest, many_rounds_leave_nothing_behind) {
  std::ptrdiff_t descriptors = 0;
  const auto before = account_.used();
  for (bool first : {true, false}) {
    if (!first) descriptors = testing::open_descriptors();
    auto peer = server({hello_, directory_});
    auto &kept = probe(peer.port()), &each = probe(peer.port(), {{"reuseConnection", "false"}});
    for (int i = 0; i < 200; ++i) ASSERT_EQ(active(*run(kept, aliases_.size())), "true");
    EXPECT_EQ(peer.accepted(), 1);
    for (int i = 0; i < 20; ++i) ASSERT_EQ(active(*run(each, aliases_.size())), "true");
    objects_.clear();
  }
  EXPECT_LT(account_.used() - before, 4096U) << "the known hosts, and no more";
  EXPECT_EQ(testing::open_descriptors(), descriptors);
}

TEST_F(SftpTest, reads_no_recorded_answer_that_says_nothing) {
  auto& asked = probe(22);
  for (auto text : {"", "VERSION 3\n", "VERSION 3\nATTRS\n", "ATTRS 9\n", "STATUS\n", "STATUS x\n", "STATUS 7 lost\n",
                    "STATUS 99999999999\n", "250 changed\n"}) {
    OneShot shot(services_, aliases_.size(), account_);
    shot.replay(asked, text);
    EXPECT_EQ(shot.code(), ResultCode::kFail) << text;
    EXPECT_THAT(shot.message(), StartsWith("cannot read the answer of 127.0.0.1:22")) << text;
  }
}

TEST_F(SftpTest, refuses_blocks_that_are_wrong) {
  auto refuses = [this](std::initializer_list<std::pair<std::string, model::Node>> entries, const std::string& why) {
    auto made = ftp_plugin().compile({"sftp", "basic", aliases_, testing::block_of(entries)});
    ASSERT_FALSE(made) << why;
    EXPECT_THAT(made.error().message(), HasSubstr(why));
  };
  auto host = entry("host", "h"), ssl = entry("ssl", "true"), user = entry("username", "u"),
       directory = entry("direction", "/");
  refuses({host, ssl, directory}, "'username' is empty");
  refuses({host, ssl, user}, "'direction', the directory, is empty");
  refuses({host, ssl, user, directory, entry("startTls", "true")}, "ssl and startTls exclude each other");
  refuses({host, ssl, user, directory, entry("port", "70000")}, "port");
  refuses({host, ssl, user, entry("direction", std::string(2000, 'd'))}, "at most 1024 bytes");
  refuses({host, ssl, user, entry("direction", std::string("a\0b", 3))}, "on one line");
}

}  // namespace
}  // namespace sftp
}  // namespace holter::collect
