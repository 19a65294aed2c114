#include "net/snmp.h"

#include <boost/asio/io_context.hpp>
#include <filesystem>

#include <gmock/gmock.h>

#include "testing/run_task.h"
#include "testing/scripted_peer.h"
#include "testing/snmp_agent.h"
#include "testing/snmpd.h"

namespace holter::net {
namespace {

using ::testing::HasSubstr;
using testing::SnmpAgent;
using testing::SnmpDevice;
using testing::SnmpQuestion;

const Oid kSysName = *parse_oid("1.3.6.1.2.1.1.5.0");

class SnmpTest : public ::testing::Test {
 protected:
  struct Told {
    ErrorCode code{};
    std::string message;  ///< of the error, or the first value as it came
    bool ok = false;
  };
  Told ask(std::uint16_t port, const SnmpCredentials& credentials, milliseconds timeout = seconds(10),
           const char* address = "127.0.0.1", Oid name = kSysName) {
    SnmpSession session(*engine_, {.address = boost::asio::ip::make_address(address),
                                   .port = port,
                                   .credentials = &credentials,
                                   .account = &account_,
                                   .watch = [this](std::string_view what) { story_.append(what).append("\n"); }});
    std::vector<Oid> names = {std::move(name)};
    auto pdu = testing::run_task(context_, session.ask({.names = names}, testing::soon(timeout)));
    if (!pdu) return {pdu.error().code(), pdu.error().message(), false};
    SnmpBinding binding;
    auto more = next_binding(*pdu, binding);
    EXPECT_TRUE(more && *more);
    return {{}, std::string(binding.content), true};
  }
  static SnmpCredentials community(std::string name = "public") {
    return {.version = SnmpVersion::kV2c, .community = std::move(name)};
  }
  static SnmpCredentials user(std::string name, UsmAuth auth = UsmAuth::kNone, UsmPrivacy privacy = UsmPrivacy::kNone) {
    SnmpCredentials credentials{.version = SnmpVersion::kV3,
                                .user = {.name = std::move(name),
                                         .auth = auth,
                                         .auth_passphrase = "auth secret",
                                         .privacy = privacy,
                                         .privacy_passphrase = "priv secret"}};
    credentials.finish();
    return credentials;
  }
  static SnmpDevice device() {
    SnmpDevice device;
    device.put({1, 3, 6, 1, 2, 1, 1, 5, 0}, "made up");
    return device;
  }

  boost::asio::io_context context_{1};
  SystemClock clock_;
  memory::Account account_{"process", nullptr, 64 << 20};
  std::unique_ptr<SnmpEngine> engine_ = std::make_unique<SnmpEngine>(context_.get_executor(), clock_, account_);
  std::string story_;
};

TEST_F(SnmpTest, asks_a_real_agent_as_every_kind_of_user) {
  testing::Snmpd snmpd;
  ASSERT_TRUE(snmpd.running()) << "snmpd is not installed: tools/setup.sh installs it";
  EXPECT_EQ(ask(snmpd.port(), community()).message, "holter-test");
  EXPECT_EQ(ask(snmpd.port(), {.version = SnmpVersion::kV1, .community = "public"}).message, "holter-test");
  EXPECT_EQ(ask(snmpd.port(), user("plain")).message, "holter-test");
  const UsmAuth auths[] = {UsmAuth::kMd5,    UsmAuth::kSha1,   UsmAuth::kSha224,
                           UsmAuth::kSha256, UsmAuth::kSha384, UsmAuth::kSha512};
  const UsmPrivacy privacies[] = {UsmPrivacy::kDes, UsmPrivacy::kAes128, UsmPrivacy::kAes192, UsmPrivacy::kAes256};
  for (std::size_t a = 0; a < std::size(auths); ++a) {
    auto name = testing::Snmpd::auths()[a];
    EXPECT_EQ(ask(snmpd.port(), user(name, auths[a])).message, "holter-test") << name;
    for (std::size_t p = 0; p < std::size(privacies); ++p) {
      auto both = name + "/" + testing::Snmpd::privacies()[p];
      EXPECT_EQ(ask(snmpd.port(), user(both, auths[a], privacies[p])).message, "holter-test") << both;
    }
  }
  EXPECT_EQ(ask(snmpd.port(), community(), seconds(10), "::1").message, "holter-test");
  EXPECT_THAT(story_, HasSubstr("its engine is 80001f8804686f6c746572, boots 1, "));
  EXPECT_EQ(engine_->stats().engines, 31);
  engine_->shrink();
  EXPECT_EQ(engine_->stats().engines, 0);
}

TEST_F(SnmpTest, remembers_an_engine_and_finds_it_again_when_it_restarts) {
  auto credentials = user("SHA", UsmAuth::kSha1);
  std::uint16_t port = 0;
  {
    testing::Snmpd snmpd(5);
    ASSERT_TRUE(snmpd.running());
    port = snmpd.port();
    EXPECT_TRUE(ask(port, credentials).ok);
    EXPECT_TRUE(ask(port, credentials).ok);
    EXPECT_EQ(engine_->stats().discoveries, 1);  // the second question needed none
  }
  testing::Snmpd again(9, port);
  ASSERT_TRUE(again.running());
  story_.clear();
  EXPECT_EQ(ask(port, credentials).message, "holter-test");
  EXPECT_EQ(engine_->stats().discoveries, 1);  // its clock was told by a report that is signed
  EXPECT_THAT(story_, HasSubstr("is at boots 9, "));
}

TEST_F(SnmpTest, finds_another_agent_that_took_the_place_of_one) {
  auto credentials = user("SHA/AES", UsmAuth::kSha1, UsmPrivacy::kAes128);
  std::uint16_t port = 0;
  {
    testing::Snmpd snmpd;
    ASSERT_TRUE(snmpd.running());
    port = snmpd.port();
    EXPECT_TRUE(ask(port, credentials).ok);
  }
  testing::Snmpd other(3, port, "0x80001f88046f74686572");
  ASSERT_TRUE(other.running());
  EXPECT_EQ(ask(port, credentials).message, "holter-test");
  EXPECT_EQ(engine_->stats().discoveries, 2);
  EXPECT_EQ(engine_->stats().engines, 1);
}

TEST_F(SnmpTest, says_what_a_real_agent_does_not_take) {
  testing::Snmpd snmpd;
  ASSERT_TRUE(snmpd.running());
  auto expect_refused = [&](const SnmpCredentials& credentials, const std::string& why) {
    auto told = ask(snmpd.port(), credentials, seconds(2));
    EXPECT_EQ(told.code, ErrorCode::kUnauthenticated) << told.message;
    EXPECT_THAT(told.message, HasSubstr(why));
    EXPECT_THAT(told.message, ::testing::Not(HasSubstr("secret")));
  };
  expect_refused(user("nobody", UsmAuth::kSha1), "does not know the user 'nobody'");
  expect_refused(user("plain", UsmAuth::kSha1), "does not allow this security level");
  auto wrong = user("SHA/AES", UsmAuth::kSha1, UsmPrivacy::kAes128);
  wrong.user.auth_passphrase = "not the secret";
  wrong.finish();
  expect_refused(wrong, "the authentication passphrase or protocol is wrong");
  expect_refused(user("SHA/AES", UsmAuth::kMd5, UsmPrivacy::kAes128),
                 "the authentication passphrase or protocol is wrong");
  wrong = user("SHA/AES", UsmAuth::kSha1, UsmPrivacy::kAes128);
  wrong.user.privacy_passphrase = "not the secret";
  wrong.finish();
  // This agent is silent to what it decrypts into nonsense, or reports it, as it comes.
  auto told = ask(snmpd.port(), wrong, milliseconds(600));
  EXPECT_FALSE(told.ok);
  told = ask(snmpd.port(), community("wrong"), milliseconds(300));
  EXPECT_EQ(told.code, ErrorCode::kTimeout);
  EXPECT_THAT(told.message, HasSubstr("no answer in time (asked 2 times; a wrong community gets none, either)"));
  auto short_one = user("SHA", UsmAuth::kSha1);
  short_one.user.auth_passphrase = "short";
  short_one.finish();
  EXPECT_EQ(ask(snmpd.port(), short_one).code, ErrorCode::kInvalidArgument);
}

TEST_F(SnmpTest, asks_within_a_context) {
  testing::Snmpd snmpd;
  ASSERT_TRUE(snmpd.running());
  auto credentials = user("SHA", UsmAuth::kSha1);
  credentials.user.context = "mirror";
  EXPECT_EQ(ask(snmpd.port(), credentials).message, "holter-test");
  auto elsewhere = ask(snmpd.port(), credentials, seconds(10), "127.0.0.1", *parse_oid("1.3.6.1.2.1.25.1.1.0"));
  EXPECT_EQ(elsewhere.message, "");  // no such object in there
}

TEST_F(SnmpTest, tells_a_closed_port_from_silence) {
  auto closed = ask(testing::unused_port(), community());
  EXPECT_EQ(closed.code, ErrorCode::kUnavailable);
  EXPECT_THAT(closed.message, HasSubstr("Connection refused"));
  closed = ask(testing::unused_port(), community(), seconds(10), "::1");
  EXPECT_THAT(closed.message, HasSubstr("Connection refused"));
  SnmpAgent silent([](auto, auto) { return SnmpAgent::Reply{}; });
  auto told = ask(silent.port(), community(), milliseconds(80));
  EXPECT_EQ(told.code, ErrorCode::kTimeout);
  EXPECT_EQ(silent.questions(), 2);  // once, and once more
  EXPECT_EQ(silent.heard()[0], silent.heard()[1]);
  EXPECT_EQ(engine_->stats().in_flight, 0);
}

TEST_F(SnmpTest, asks_again_when_a_datagram_was_lost) {
  SnmpAgent agent(device(), [](const auto&, std::string good, std::size_t nth) {
    return nth == 0 ? SnmpAgent::Reply{} : SnmpAgent::Reply{std::move(good)};
  });
  EXPECT_EQ(ask(agent.port(), community(), milliseconds(400)).message, "made up");
  EXPECT_EQ(engine_->stats().retried, 1);
}

TEST_F(SnmpTest, counts_only_what_answers_the_question) {
  // Before the answer come others: for another question, of another version, torn, another protocol, and the answer
  // twice.
  SnmpAgent agent(device(), [](const SnmpQuestion& question, std::string good, std::size_t) {
    auto late = question;
    late.id += 1;
    auto other = question;
    other.version = 0;
    return SnmpAgent::Reply{device().answer(late),
                            good.substr(0, good.size() / 2),
                            "SSH-2.0-OpenSSH_9.2\r\n",
                            device().answer(other),
                            good,
                            good};
  });
  EXPECT_EQ(ask(agent.port(), community()).message, "made up");
  EXPECT_GE(engine_->stats().foreign, 2);
  EXPECT_GE(engine_->stats().stray, 1);
}

TEST_F(SnmpTest, does_not_take_answers_from_others) {
  // The agent is silent, and another process sends a good answer from its own port.
  auto good = std::make_shared<std::string>();
  SnmpAgent agent(device(), [good](const auto&, std::string answer, std::size_t) {
    *good = std::move(answer);
    return SnmpAgent::Reply{};
  });
  auto credentials = community();
  SnmpSession session(*engine_, {.address = boost::asio::ip::make_address("127.0.0.1"),
                                 .port = agent.port(),
                                 .credentials = &credentials,
                                 .account = &account_,
                                 .watch = [&](std::string_view what) { story_.append(what); }});
  std::vector<Oid> names = {kSysName};
  std::optional<Result<SnmpPdu>> result;
  boost::asio::co_spawn(context_, session.ask({.names = names}, testing::soon(milliseconds(200))),
                        [&](std::exception_ptr, Result<SnmpPdu> pdu) { result = std::move(pdu); });
  ASSERT_TRUE(testing::run_until(context_, [&] { return agent.questions() > 0; }));
  boost::asio::ip::udp::socket other(context_, {boost::asio::ip::make_address("127.0.0.1"), 0});
  other.send_to(boost::asio::buffer(*good), {boost::asio::ip::make_address("127.0.0.1"), agent.asker()});
  ASSERT_TRUE(testing::run_until(context_, [&] { return result.has_value(); }));
  EXPECT_EQ(result->error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(engine_->stats().foreign, 1);
}

TEST_F(SnmpTest, says_why_what_came_could_not_be_read) {
  SnmpAgent agent(device(), [](const SnmpQuestion& question, std::string, std::size_t) {
    auto other = question;
    other.version = 0;
    return SnmpAgent::Reply{device().answer(other)};
  });
  auto told = ask(agent.port(), community(), milliseconds(60));
  EXPECT_EQ(told.code, ErrorCode::kProtocolViolation);
  EXPECT_THAT(told.message, HasSubstr("it is of another version"));
}

TEST_F(SnmpTest, bears_agents_that_report_without_end) {
  for (auto [stat, code] : {std::pair{2U, ErrorCode::kUnauthenticated},
                            {4U, ErrorCode::kUnauthenticated},
                            {3U, ErrorCode::kUnauthenticated},
                            {5U, ErrorCode::kUnauthenticated},
                            {9U, ErrorCode::kProtocolViolation}}) {
    SnmpAgent agent([stat](std::string_view datagram, std::size_t) {
      return SnmpAgent::Reply{SnmpAgent::report(datagram, "an engine", stat)};
    });
    auto told = ask(agent.port(), user("SHA", UsmAuth::kSha1), milliseconds(500));
    EXPECT_EQ(told.code, code) << stat << told.message;
    EXPECT_LE(agent.questions(), 8) << stat;
  }
  SnmpAgent nameless(
      [](std::string_view datagram, std::size_t) { return SnmpAgent::Reply{SnmpAgent::report(datagram, "", 4)}; });
  EXPECT_THAT(ask(nameless.port(), user("SHA", UsmAuth::kSha1), milliseconds(60)).message,
              HasSubstr("it does not name its engine"));
  SnmpAgent v2(device());  // answers version 3 with nothing
  EXPECT_EQ(ask(v2.port(), user("SHA", UsmAuth::kSha1), milliseconds(60)).code, ErrorCode::kTimeout);
}

TEST_F(SnmpTest, has_many_questions_in_flight_on_one_socket) {
  SnmpAgent agent(device());
  auto credentials = community();
  std::vector<std::unique_ptr<SnmpSession>> sessions;
  std::vector<Oid> names = {kSysName};
  constexpr std::size_t kSessions = 2000;
  std::size_t good = 0, ended = 0;
  EXPECT_TRUE(ask(agent.port(), credentials).ok);  // opens what is opened once
  auto before = std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  for (std::size_t i = 0; i < kSessions; ++i) {
    sessions.push_back(std::make_unique<SnmpSession>(
        *engine_, SnmpSession::Options{.address = boost::asio::ip::make_address("127.0.0.1"),
                                       .port = agent.port(),
                                       .credentials = &credentials,
                                       .account = &account_}));
    boost::asio::co_spawn(context_, sessions.back()->ask({.names = names}, testing::soon()),
                          [&](std::exception_ptr, Result<SnmpPdu> pdu) {
                            ++ended;
                            if (pdu) ++good;
                          });
  }
  ASSERT_TRUE(testing::run_until(context_, [&] { return ended == kSessions; }));
  EXPECT_EQ(good, kSessions);
  EXPECT_LE(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}), before);
  sessions.clear();
  engine_.reset();
  EXPECT_EQ(account_.used(), 0);
}

TEST_F(SnmpTest, gives_all_memory_back_and_fails_when_there_is_none) {
  SnmpAgent agent(device());
  memory::Account small{"small", nullptr, 1024};
  auto credentials = community();
  SnmpSession session(*engine_, {.address = boost::asio::ip::make_address("127.0.0.1"),
                                 .port = agent.port(),
                                 .credentials = &credentials,
                                 .account = &small});
  std::vector<Oid> names = {kSysName};
  auto pdu = testing::run_task(context_, session.ask({.names = names}, testing::soon()));
  ASSERT_TRUE(pdu) << pdu.error().message();  // a short answer fits
  SnmpDevice large;
  large.put({1, 3, 6, 1, 2, 1, 1, 5, 0}, std::string(1300, 'x'));
  SnmpAgent other(std::move(large));
  SnmpSession no_room(*engine_, {.address = boost::asio::ip::make_address("127.0.0.1"),
                                 .port = other.port(),
                                 .credentials = &credentials,
                                 .account = &small});
  auto refused = testing::run_task(context_, no_room.ask({.names = names}, testing::soon()));
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace holter::net
