// Peers that speak PostgreSQL's or MySQL's protocol until they do not.
#include <fstream>

#include "collect/protocols/jdbc/test_jdbc.h"

namespace holter::collect::jdbc {
namespace {

using model::ResultCode;
using Peer = testing::ScriptedPeer;
using Script = Peer::Script;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string big_endian(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
  return out;
}
/// A message of PostgreSQL's protocol 3; `length` may lie.
std::string pg(char type, const std::string& payload, std::uint32_t more = 0) {
  return type + big_endian(static_cast<std::uint32_t>(payload.size()) + 4 + more, 4) + payload;
}
const std::string kReady = pg('Z', "I");
const std::string kLogin = pg('R', std::string(4, '\0')) + kReady;
const std::string kColumn = big_endian(1, 2) + std::string("a\0", 2) + big_endian(0, 4) + big_endian(0, 2) +
                            big_endian(25, 4) + big_endian(0xFFFF, 2) + big_endian(0xFFFFFFFF, 4) + big_endian(0, 2);
const std::string kRow = pg('D', big_endian(1, 2) + big_endian(1, 4) + "7");
std::string done(const std::string& word) {
  return pg('C', word + '\0');
}

/// Logs in and takes the settings.
Script pg_ready() {
  return {Peer::expect("monitor"), Peer::send(kLogin), Peer::expect("SET client_encoding"),
          Peer::send(done("SET") + done("SET") + done("SET") + kReady)};
}
Script pg_answers(const std::string& bytes, Peer::Step end = Peer::close()) {
  auto script = pg_ready();
  script.push_back(Peer::expect("select 1"));
  script.push_back(Peer::send(pg('1', "") + pg('2', "") + pg('T', kColumn) + bytes));
  script.push_back(std::move(end));
  return script;
}

/// A packet of MySQL's protocol.
std::string my(int number, const std::string& payload) {
  std::string out;
  for (int i = 0; i < 3; ++i) out += static_cast<char>((payload.size() >> (8 * i)) & 0xFF);
  return out + static_cast<char>(number) + payload;
}
const std::string kOk = std::string("\0\0\0\2\0\0\0", 7);
const std::string kEof = std::string("\xfe\0\0\2\0", 5);
const std::string kGreeting =
    my(0, std::string("\x0a") + std::string("5.7.0\0", 6) + "abcd" + std::string("12345678\0", 9) +
              std::string("\xff\xf7\x21\x02\x00\x0f\x80\x15", 8) + std::string(10, '\0') +
              std::string("123456789012\0", 13) + std::string("mysql_native_password\0", 22));
const std::string kMyColumn = my(2, std::string("\3def\0\0\0\1a\1a\x0c\x21\0\1\0\0\0\xfd\0\0\0\0\0", 24));

Script my_ready() {
  return {Peer::send(kGreeting),     Peer::expect("monitor"), Peer::send(my(2, kOk)),
          Peer::expect("READ ONLY"), Peer::send(my(1, kOk)),  Peer::expect("max_execution_time"),
          Peer::send(my(1, kOk))};
}
Script my_answers(const std::string& bytes, Peer::Step end = Peer::close()) {
  auto script = my_ready();
  script.push_back(Peer::expect("select 1"));
  script.push_back(Peer::send(bytes));
  script.push_back(std::move(end));
  return script;
}
const std::string kMyHead = my(1, "\1") + kMyColumn + my(3, kEof);

class JdbcHostileTest : public JdbcTest {
 protected:
  Keys keys(const std::string& platform, std::uint16_t port, const std::string& timeout = "5000") {
    return {{"platform", platform},   {"port", std::to_string(port)}, {"username", "monitor"}, {"password", "secret"},
            {"sql", "select 1 as a"}, {"queryType", "multiRow"},      {"timeout", timeout}};
  }
  std::unique_ptr<OneShot> play(const std::string& platform, Script script, const std::string& timeout = "5000") {
    Peer peer({std::move(script)});
    auto shot = ask(keys(platform, peer.port(), timeout));
    Sessions::of(services_).shrink();
    return shot;
  }
  /// Ends the script after each of its steps, in a way that must fail, and gives what was said of each.
  std::vector<std::string> cut(const std::string& platform, const Script& script, const Peer::Step& end,
                               const std::string& timeout) {
    std::vector<std::string> out;
    auto open = descriptors();
    for (std::size_t i = 0; i + 1 < script.size(); ++i) {
      Script part(script.begin(), script.begin() + static_cast<std::ptrdiff_t>(i));
      part.push_back(end);
      auto shot = play(platform, std::move(part), timeout);
      EXPECT_NE(shot->code(), ResultCode::kSuccess) << i;
      EXPECT_NE(shot->code(), ResultCode::kUnavailable) << i << ": " << shot->message();
      EXPECT_TRUE(shot->message().starts_with("cannot ")) << shot->message();
      out.push_back(shot->message());
    }
    EXPECT_EQ(descriptors(), open);
    return out;
  }
};

TEST_F(JdbcHostileTest, the_scripts_are_good_when_nothing_is_cut) {
  auto shot = play("postgresql", pg_answers(kRow + done("SELECT 1") + kReady));
  EXPECT_THAT(rows(*shot), ElementsAre("7")) << shot->message();
  shot = play("mysql", my_answers(kMyHead +
                                  my(4,
                                     "\1"
                                     "7") +
                                  my(5, kEof)));
  EXPECT_THAT(rows(*shot), ElementsAre("7")) << shot->message();
}

TEST_F(JdbcHostileTest, a_refused_connection_is_unreachable_for_postgresql_and_unconnectable_for_mysql) {
  auto port = testing::unused_port();
  auto shot = ask(keys("postgresql", port));
  EXPECT_EQ(shot->code(), ResultCode::kUnreachable);
  EXPECT_THAT(shot->message(), HasSubstr("Connection refused"));
  shot = ask(keys("mysql", port));
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  auto unknown = keys("mysql", port);
  unknown.emplace_back("host", "nobody.example");
  EXPECT_EQ(ask(unknown)->code(), ResultCode::kUnreachable);
}

TEST_F(JdbcHostileTest, a_reset_at_any_step_is_a_failure_that_says_where) {
  cut("postgresql", pg_answers(kRow), Peer::reset(), "5000");
  cut("mysql", my_answers(kMyHead), Peer::reset(), "5000");
  cut("postgresql", pg_answers(kRow), Peer::close(), "5000");
  cut("mysql", my_answers(kMyHead), Peer::close(), "5000");
}

TEST_F(JdbcHostileTest, silence_at_any_step_ends_at_the_deadline_with_the_step_named) {
  auto said = cut("postgresql", pg_answers(kRow), Peer::stall(), "60");
  EXPECT_THAT(said.front(), HasSubstr("cannot log in to 127.0.0.1:"));
  EXPECT_THAT(said.back(), HasSubstr("cannot read the answer: no answer in time"));
  said = cut("mysql", my_answers(kMyHead), Peer::stall(), "60");
  EXPECT_THAT(said.front(), HasSubstr("cannot log in to 127.0.0.1:"));
  EXPECT_THAT(said.back(), HasSubstr("cannot run the query: no answer in time"));
  auto shot = play("postgresql", pg_answers(kRow, Peer::stall()), "60");
  EXPECT_THAT(shot->message(), HasSubstr("no answer in time"));
  shot = play("mysql", my_answers(kMyHead, Peer::stall()), "60");
  EXPECT_THAT(shot->message(), HasSubstr("cannot read the answer: no answer in time"));
  auto tls = keys("mysql", 1, "100");
  Peer peer({{Peer::send(kGreeting), Peer::stall()}});
  tls.emplace_back("ssl", "true");
  tls.emplace_back("port", std::to_string(peer.port()));
  shot = ask(tls);
  EXPECT_NE(shot->code(), ResultCode::kSuccess);
}

TEST_F(JdbcHostileTest, a_truncated_or_lying_answer_fails) {
  for (const auto& bytes : {kRow.substr(0, 6), pg('D', big_endian(3, 2) + big_endian(1, 4) + "7"),
                            pg('D', big_endian(1, 2) + big_endian(1000, 4) + "7"), std::string("?\0\0\0\4", 5),
                            std::string("D\xff\xff\xff\xff", 5), kRow}) {
    auto shot = play("postgresql", pg_answers(bytes));
    EXPECT_NE(shot->code(), ResultCode::kSuccess) << bytes.size();
  }
  for (const auto& bytes : {kMyHead.substr(0, 20),
                            kMyHead + my(9,
                                         "\1"
                                         "7"),
                            kMyHead + my(4,
                                         "\x50"
                                         "7"),
                            kMyHead + my(4,
                                         "\1"
                                         "7"),
                            my(1, "\xfe"), std::string("\xff\xff\xff\1", 4)}) {
    auto shot = play("mysql", my_answers(bytes));
    EXPECT_NE(shot->code(), ResultCode::kSuccess) << bytes.size();
  }
}

TEST_F(JdbcHostileTest, an_endless_row_is_refused_and_nothing_stays_on_the_account) {
  auto used = account_.used();
  auto script = pg_answers(std::string("D\x30\0\0\0\0\1", 7));
  script.back() = Peer::send_forever(std::string(64 << 10, 'x'));
  auto shot = play("postgresql", std::move(script));
  EXPECT_NE(shot->code(), ResultCode::kSuccess);
  EXPECT_THAT(shot->message(), AnyOf(HasSubstr("a row of more than 8.00 MiB"), HasSubstr("cannot read the answer")));
  auto endless = my_answers(kMyHead);
  endless.back() = Peer::send_forever(std::string("\xff\xff\xff\4", 4) + std::string(64 << 10, 'x'));
  shot = play("mysql", std::move(endless));
  EXPECT_NE(shot->code(), ResultCode::kSuccess);
  shot.reset();
  EXPECT_EQ(account_.used(), used);
}

TEST_F(JdbcHostileTest, no_file_is_sent_to_a_server_that_asks_for_one) {
  Peer peer({my_answers(my(1, "\xfb/etc/hostname"), Peer::stall())});
  auto shot = ask(keys("mysql", peer.port(), "300"));
  EXPECT_NE(shot->code(), ResultCode::kSuccess);
  std::ifstream file("/etc/hostname");
  std::string secret;
  std::getline(file, secret);
  ASSERT_FALSE(secret.empty());
  EXPECT_EQ(peer.received().find(secret), std::string::npos);
}

TEST_F(JdbcHostileTest, no_password_is_sent_in_plain_text_to_a_server_that_asks_for_it) {
  for (std::string plugin : {"mysql_clear_password", "dialog"}) {
    Peer peer(
        {{Peer::send(kGreeting), Peer::expect("monitor"), Peer::send(my(2, "\xfe" + plugin + '\0')), Peer::stall()}});
    auto shot = ask(keys("mysql", peer.port(), "300"));
    EXPECT_NE(shot->code(), ResultCode::kSuccess);
    EXPECT_EQ(peer.received().find("secret"), std::string::npos);
  }
}

TEST_F(JdbcHostileTest, another_protocol_on_the_port_is_a_failure) {
  for (std::string text : {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\0\0\0\0\0\0\0\0"}) {
    for (auto platform : {"postgresql", "mysql"}) {
      auto shot = play(platform, {Peer::send(text), Peer::close()});
      EXPECT_TRUE(shot->code() == ResultCode::kFail || shot->code() == ResultCode::kUnconnectable) << shot->message();
    }
  }
}

TEST_F(JdbcHostileTest, a_hundred_failures_leave_no_byte_and_no_descriptor) {
  Peer silent({pg_answers(kRow, Peer::stall())});
  Peer broken({my_answers(kMyHead.substr(0, 20))});
  auto first = compile(keys("postgresql", silent.port(), "20")).value();
  auto second = compile(keys("mysql", broken.port())).value();
  run(*first, 1);
  run(*second, 1);
  auto used = account_.used();
  for (int i = 0; i < 50; ++i) {
    EXPECT_NE(run(*first, 1)->code(), ResultCode::kSuccess);
    EXPECT_NE(run(*second, 1)->code(), ResultCode::kSuccess);
  }
  EXPECT_EQ(account_.used(), used);
  EXPECT_EQ(stats(Driver::kPostgresql).open + stats(Driver::kMysql).open, 0);
}

}  // namespace
}  // namespace holter::collect::jdbc
