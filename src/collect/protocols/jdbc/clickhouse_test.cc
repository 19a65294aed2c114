// Against the real ClickHouse, and against what is none.
#include "collect/protocols/jdbc/test_jdbc.h"
#include "testing/database_servers.h"

namespace holter::collect::jdbc {
namespace {

using model::ResultCode;
using Peer = testing::ScriptedPeer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class JdbcClickhouseTest : public JdbcTest {
 protected:
  static void SetUpTestSuite() { server_ = testing::start_clickhouse().release(); }
  static void TearDownTestSuite() { delete std::exchange(server_, nullptr); }
  Keys keys(std::uint16_t port, std::string sql, std::string type = "multiRow", Keys more = {}) {
    Keys all{{"platform", "clickhouse"}, {"port", std::to_string(port)}, {"username", "monitor"},
             {"password", "secret"},     {"sql", std::move(sql)},        {"queryType", std::move(type)}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::unique_ptr<OneShot> ask_peer(std::vector<Peer::Step> steps, const std::string& timeout = "5000") {
    Peer peer({std::move(steps)});
    return ask(keys(peer.port(), "select 1 as a", "oneRow", {{"timeout", timeout}}));
  }
  static std::vector<Peer::Step> answer(const std::string& body, const std::string& status = "200 OK") {
    return {Peer::expect("\r\n\r\n"),
            Peer::send(fmt::format("HTTP/1.1 {}\r\nX-ClickHouse-Server-Display-Name: x\r\nContent-Length: {}\r\n\r\n{}",
                                   status, body.size(), body))};
  }

  static inline testing::RealServer* server_ = nullptr;
};

TEST_F(JdbcClickhouseTest, brings_rows_pairs_and_refusals_of_the_real_server) {
  ASSERT_TRUE(server_->running()) << "ClickHouse is not installed: tools/setup.sh installs it";
  auto port = server_->port();
  auto shot = ask(keys(port, "select 1 as A, 'x\\ty' as b"));
  EXPECT_THAT(rows(*shot), ElementsAre("1")) << shot->message();
  EXPECT_EQ(shot->trace().answer, "A\tb\n1\tx\\ty\n");
  shot = ask(keys(port, "select number as a from system.numbers limit 1000000"));
  EXPECT_EQ(shot->table().rows(), 1000) << shot->message();
  aliases_ = {"query"};
  shot = ask(keys(port, "select metric, value from system.metrics", "columns"));
  EXPECT_THAT(rows(*shot), ElementsAre("1")) << shot->message();
  shot = ask(keys(port, "select 1 from nothing"));
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("nothing doesn't exist"));
  aliases_ = {"a"};
  shot = ask(keys(port, "select 2 as a", "oneRow", {{"username", "reader"}}));
  EXPECT_THAT(rows(*shot), ElementsAre("2")) << shot->message();
  EXPECT_THAT(story(*shot), HasSubstr("the user may set no limits; asking without"));
}

TEST_F(JdbcClickhouseTest, fails_for_a_wrong_password_without_telling_it) {
  ASSERT_TRUE(server_->running()) << "ClickHouse is not installed: tools/setup.sh installs it";
  auto shot = ask(keys(server_->port(), "select 1 as a", "oneRow", {{"password", "wrong-word"}}));
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("cannot log in: status"));
  EXPECT_THAT(shot->message() + story(*shot), Not(HasSubstr("wrong-word")));
}

TEST_F(JdbcClickhouseTest, says_what_is_wrong_with_an_answer) {
  EXPECT_THAT(rows(*ask_peer(answer("a\n7\n"))), ElementsAre("7"));
  auto shot = ask_peer({Peer::expect("\r\n\r\n"), Peer::send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")});
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("its headers are none of ClickHouse"));
  EXPECT_THAT(ask_peer(answer("a\n1\t2\n"))->message(), HasSubstr("line 2: it has 2 cells, the first has 1"));
  EXPECT_THAT(ask_peer(answer(""))->message(), HasSubstr("brought no columns"));
  EXPECT_THAT(ask_peer(answer("a\n1\nCode: 241, DB::Exception: Memory limit"))->message(), HasSubstr("Memory limit"));
  EXPECT_THAT(ask_peer(answer("Code: 60, no such table", "404 Not Found"))->message(), HasSubstr("no such table"));
  EXPECT_EQ(ask_peer(answer("a\n" + std::string(5 << 20, 'x')))->code(), ResultCode::kFail);
}

TEST_F(JdbcClickhouseTest, calls_a_peer_that_refuses_resets_or_says_nothing_unconnectable) {
  EXPECT_EQ(ask(keys(testing::unused_port(), "select 1 as a"))->code(), ResultCode::kUnconnectable);
  EXPECT_EQ(ask_peer({Peer::expect("\r\n\r\n"), Peer::reset()})->code(), ResultCode::kUnconnectable);
  auto shot = ask_peer({Peer::expect("\r\n\r\n"), Peer::stall()}, "100");
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("no answer in time"));
}

TEST_F(JdbcClickhouseTest, leaves_no_byte_after_10000_rounds) {
  Peer peer({answer("a\n7\n")});
  auto probe = compile(keys(peer.port(), "select 1 as a", "oneRow", {{"timeout", "5000"}})).value();
  run(*probe, 1);
  http_.shrink();
  auto used = account_.used();
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(run(*probe, 1)->code(), ResultCode::kSuccess);
  http_.shrink();
  EXPECT_EQ(account_.used(), used);
}

}  // namespace
}  // namespace holter::collect::jdbc
