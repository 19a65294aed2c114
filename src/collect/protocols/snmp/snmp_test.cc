#include "collect/protocols/snmp/test_snmp.h"
#include "testing/snmpd.h"

namespace holter::collect {
namespace {

using model::ResultCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::SnmpAgent;
using testing::SnmpDevice;

class SnmpGetTest : public SnmpProbeTest {};
class SnmpWalkTest : public SnmpProbeTest {};

TEST_F(SnmpGetTest, reads_objects_of_each_kind_in_one_row) {
  SnmpDevice made;
  made.put({1, 3, 6, 1, 1, 0}, "name");
  made.put({1, 3, 6, 1, 2, 0}, 0x43, testing::ber_number(9'000'100));
  made.put({1, 3, 6, 1, 3, 0}, 0x46, testing::ber_number(1LL << 40));
  SnmpAgent agent(std::move(made));
  auto shot = ask(agent.port(), {},
                  {{"name", "1.3.6.1.1.0"},
                   {"uptime", "1.3.6.1.2.0"},
                   {"ticks", "1.3.6.1.2.0 as number"},
                   {"count", "1.3.6.1.3.0"},
                   {"missing", "1.3.6.1.4.0"},
                   {"unknown", ""}});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(rows(*shot), ElementsAre("name|1 day, 1 hour, 1 second|9000100|1099511627776|null|null"));
  EXPECT_EQ(agent.questions(), 1);
  EXPECT_EQ(shot->trace().answer,
            ".1.3.6.1.1.0 = STRING: \"name\"\n.1.3.6.1.2.0 = Timeticks: (9000100)\n"
            ".1.3.6.1.2.0 = Timeticks: (9000100)\n.1.3.6.1.3.0 = Counter64: 1099511627776\n");
}

TEST_F(SnmpGetTest, gives_no_row_and_says_so_when_the_agent_has_nothing) {
  SnmpAgent agent(device(0));
  for (const auto* version : {"0", "1"}) {
    auto shot = ask(agent.port(), {{"version", version}}, {{"a", "1.3.6.1.9.0"}, {"b", "1.3.6.1.9.1"}});
    EXPECT_EQ(shot->code(), ResultCode::kSuccess);
    EXPECT_EQ(shot->message(), "the agent has none of the objects");
    EXPECT_THAT(rows(*shot), SizeIs(0));  // so that minRows can tell
  }
}

TEST_F(SnmpGetTest, leaves_out_what_version_1_refuses) {
  SnmpAgent agent(device(2));
  auto shot = ask(agent.port(), {{"version", "v1"}},
                  {{"gone", "1.3.6.1.9.0"}, {"name", "1.3.6.1.2.1.1.5.0"}, {"also", "1.3.6.1.9.1"}});
  EXPECT_THAT(rows(*shot), ElementsAre("null|made up|null"));
  EXPECT_EQ(agent.questions(), 3);
}

TEST_F(SnmpGetTest, asks_in_parts_for_what_is_too_big) {
  SnmpDevice large;
  Oids oids;
  for (std::uint32_t i = 1; i <= 40; ++i) {
    large.put({1, 3, 6, 1, i}, std::string(100, 'x'));
    oids.emplace_back("o" + std::to_string(i), "1.3.6.1." + std::to_string(i));
  }
  SnmpAgent agent(std::move(large));
  auto shot = ask(agent.port(), {}, oids);
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(rows(*shot)[0], HasSubstr("xxx"));
  EXPECT_EQ(rows(*shot)[0].find("null"), std::string::npos);
  EXPECT_GT(agent.questions(), 3);
}

TEST_F(SnmpGetTest, says_what_the_agent_says_and_gives_up_on_other_answers) {
  auto with = [&](std::function<std::string(const testing::SnmpQuestion&)> twist) {
    SnmpAgent agent(device(2), [&](const auto& question, auto, auto) { return SnmpAgent::Reply{twist(question)}; });
    return ask(agent.port(), {{"timeout", "200"}}, {{"name", "1.3.6.1.2.1.1.5.0"}});
  };
  auto shot = with([](const auto& q) { return SnmpDevice::error(q, 5, 1); });
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_EQ(shot->message(), "cannot get 1.3.6.1.2.1.1.5.0: the agent says genErr");
  shot = with([](const auto& q) { return SnmpDevice::error(q, 16, 0); });
  EXPECT_THAT(shot->message(), HasSubstr("the agent says authorizationError"));
  shot = with([](const auto& q) { return SnmpDevice::error(q, 1, 0); });
  EXPECT_THAT(shot->message(), HasSubstr("the agent says tooBig"));
  shot = with([](const auto& q) { return SnmpDevice::message(q, 0, 0, ""); });
  EXPECT_EQ(shot->message(), "cannot use the answer: it has not the value of 1.3.6.1.2.1.1.5.0");
  auto other = testing::ber(0x30, testing::ber(6, testing::ber_name({1, 3, 9})) + testing::ber(2, "\1"));
  shot = with([&](const auto& q) { return SnmpDevice::message(q, 0, 0, other); });
  EXPECT_THAT(shot->message(), HasSubstr("it has not the value"));
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
}

TEST_F(SnmpWalkTest, joins_columns_by_their_index) {
  SnmpDevice made;
  made.put({1, 3, 6, 1, 1, 1}, "one");
  made.put({1, 3, 6, 1, 1, 2}, "two");
  made.put({1, 3, 6, 1, 1, 10}, "ten");
  made.put({1, 3, 6, 1, 2, 2}, 22);
  made.put({1, 3, 6, 1, 2, 10}, 1010);
  made.put({1, 3, 6, 1, 3, 1, 4, 7}, 147);
  made.put({1, 3, 6, 1, 10, 1}, "of another column");
  for (const auto* version : {"v1", "v2c"}) {
    SnmpAgent agent(made);
    auto shot = ask(agent.port(), {{"operation", "walk"}, {"version", version}},
                    {{"index", ""}, {"name", "1.3.6.1.1"}, {"number", "1.3.6.1.2"}, {"deep", "1.3.6.1.3"}});
    ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
    EXPECT_THAT(rows(*shot),
                ElementsAre("1|one|null|null", "1.4.7|null|null|147", "2|two|22|null", "10|ten|1010|null"));
  }
}

TEST_F(SnmpWalkTest, leaves_out_rows_that_few_columns_know) {
  auto made = device(3);
  made.put({1, 3, 6, 1, 4, 1, 9, 1, 1, 99}, 99);
  made.put({1, 3, 6, 1, 4, 1, 9, 1, 4, 1}, 1);
  SnmpAgent agent(std::move(made));
  auto oids = table_oids();
  oids.emplace_back("d", "1.3.6.1.4.1.9.1.4");
  auto shot = ask(agent.port(), {{"operation", "walk"}}, oids);
  EXPECT_THAT(rows(*shot),
              ElementsAre("1000001|2000001|3000001|1", "1000002|2000002|3000002|null", "1000003|2000003|3000003|null"));
}

TEST_F(SnmpWalkTest, takes_ten_thousand_rows_in_pieces_that_fit) {
  SnmpAgent agent(device(10'000));
  auto before = account_.held();
  auto probe = make(agent.port(), {{"operation", "walk"}, {"timeout", "30000"}}, table_oids()).value();
  {
    auto shot = run(*probe, 3);
    ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
    auto found = rows(*shot);
    ASSERT_THAT(found, SizeIs(10'000));
    for (std::uint32_t row = 1; row <= 10'000; ++row)
      ASSERT_EQ(found[row - 1], fmt::format("{}|{}|{}", 1'000'000 + row, 2'000'000 + row, 3'000'000 + row));
    EXPECT_LT(agent.questions(), 900);  // three columns at once, about 18 rows each time
  }
  objects_.clear();
  EXPECT_EQ(account_.held(), before);
}

TEST_F(SnmpWalkTest, keeps_no_more_rows_than_it_may_and_says_so) {
  // An agent that counts up for ever.
  SnmpAgent agent(device(1), [](const testing::SnmpQuestion& question, std::string, std::size_t) {
    std::string bindings;
    auto name = question.names[0];
    if (name.size() == 9) name.push_back(0);
    for (std::int64_t i = 0; i < question.repetitions; ++i) {
      ++name.back();
      bindings += testing::ber(0x30, testing::ber(6, testing::ber_name(name)) + testing::ber(2, "\1"));
    }
    return SnmpAgent::Reply{SnmpDevice::message(question, 0, 0, bindings)};
  });
  auto shot = ask(agent.port(), {{"operation", "walk"}, {"timeout", "60000"}}, {{"a", "1.3.6.1.4.1.9.1.1"}});
  EXPECT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(shot->table().rows(), 65'536);
  EXPECT_EQ(shot->message(), "only the first 65536 rows are kept");
}

TEST_F(SnmpWalkTest, fails_when_there_is_no_memory_for_what_comes) {
  SnmpAgent agent(device(10'000));
  account_.set_limit(account_.used() + 300'000);
  auto shot = ask(agent.port(), {{"operation", "walk"}, {"timeout", "30000"}}, table_oids());
  EXPECT_EQ(shot->code(), ResultCode::kUnavailable);  // our want, not the target's
  EXPECT_THAT(shot->message(), ::testing::StartsWith("cannot "));
}

TEST_F(SnmpWalkTest, ends_when_the_agent_goes_in_a_circle) {
  SnmpAgent agent(device(5), [](auto question, std::string good, std::size_t nth) {
    if (nth == 0) return SnmpAgent::Reply{std::move(good)};
    for (auto& name : question.names) name = {1, 3, 6, 1, 4, 1, 9, 1, name[8]};  // from the beginning again
    return SnmpAgent::Reply{device(5).answer(question)};
  });
  auto shot = ask(agent.port(), {{"operation", "walk"}, {"maxRepetitions", "2"}}, table_oids());
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_EQ(shot->message(),
            "cannot use the answer: the agent goes in a circle: 1.3.6.1.4.1.9.1.1.1 comes after 1.3.6.1.4.1.9.1.1.2");
}

TEST_F(SnmpWalkTest, asks_for_less_when_the_agent_says_too_big) {
  // This one cannot say more than two values at once.
  SnmpAgent agent(device(6), [](const testing::SnmpQuestion& question, std::string good, std::size_t) {
    if (static_cast<std::int64_t>(question.names.size()) * question.repetitions > 2)
      return SnmpAgent::Reply{SnmpDevice::error(question, 1, 0)};
    return SnmpAgent::Reply{std::move(good)};
  });
  auto shot = ask(agent.port(), {{"operation", "walk"}}, table_oids());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(rows(*shot), SizeIs(6));
  EXPECT_EQ(rows(*shot)[5], "1000006|2000006|3000006");
}

TEST_F(SnmpWalkTest, bears_agents_that_cut_the_first_row) {
  auto small = device(4);
  small.most_bytes = 60;  // two values
  SnmpAgent agent(std::move(small));
  auto shot = ask(agent.port(), {{"operation", "walk"}}, table_oids());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(rows(*shot), SizeIs(4));
}

TEST_F(SnmpWalkTest, does_not_take_silence_for_an_empty_table) {
  SnmpAgent silent(device(5), [](const auto&, auto, auto) { return SnmpAgent::Reply{}; });
  auto shot = ask(silent.port(), {{"operation", "walk"}, {"timeout", "80"}}, table_oids());
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("no answer in time"));
  SnmpAgent half(device(500), [](const auto&, std::string good, std::size_t nth) {
    return nth < 3 ? SnmpAgent::Reply{std::move(good)} : SnmpAgent::Reply{};
  });
  shot = ask(half.port(), {{"operation", "walk"}, {"timeout", "150"}}, table_oids());
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("cannot walk to the end: 3 answers came: cannot hear from 127.0.0.1:"));
  EXPECT_THAT(shot->message(), HasSubstr("no answer in time (asked 2 times)"));
  SnmpAgent empty(device(0));
  shot = ask(empty.port(), {{"operation", "walk"}}, table_oids());
  EXPECT_EQ(shot->code(), ResultCode::kSuccess);
  EXPECT_THAT(rows(*shot), SizeIs(0));
}

TEST_F(SnmpWalkTest, bears_torn_empty_and_foreign_answers) {
  // Only what is passed over in silence has to wait for its end.
  auto with = [&](SnmpAgent::Twist twist, const char* timeout = "5000") {
    SnmpAgent agent(device(5), std::move(twist));
    auto shot = ask(agent.port(), {{"operation", "walk"}, {"timeout", timeout}}, table_oids());
    EXPECT_EQ(shot->code(), ResultCode::kUnconnectable) << shot->message();
    EXPECT_THAT(shot->message(), ::testing::StartsWith("cannot "));
    return shot->message();
  };
  EXPECT_THAT(
      with([](const auto&, std::string good, auto) { return SnmpAgent::Reply{good.substr(0, good.size() / 2)}; },
           "150"),
      HasSubstr("in time"));
  EXPECT_EQ(with([](const auto& q, auto, auto) { return SnmpAgent::Reply{SnmpDevice::message(q, 0, 0, "")}; }),
            "cannot use the answer: it is empty");
  EXPECT_THAT(with([](const auto&, auto, auto) { return SnmpAgent::Reply{"HTTP/1.1 400 Bad Request\r\n\r\n"}; }, "150"),
              HasSubstr("in time"));
  EXPECT_THAT(with([](auto q, auto, auto) {
                q.repetitions = 1000;
                auto more = device(1000);
                more.most_bytes = 30'000;
                return SnmpAgent::Reply{more.answer(q)};
              }),
              HasSubstr("it has more values than were asked for"));
  EXPECT_THAT(with([](const auto& q, auto, auto) {
                return SnmpAgent::Reply{SnmpDevice::message(q, 0, 0, testing::ber(0x30, "\x06"))};
              }),
              HasSubstr("a binding has no name"));
  EXPECT_THAT(with([](const auto& q, auto, auto) { return SnmpAgent::Reply{SnmpDevice::error(q, 5, 2)}; }),
              HasSubstr("cannot get 1.3.6.1.4.1.9.1.2: the agent says genErr"));
}

TEST_F(SnmpWalkTest, tells_a_closed_port_and_an_unknown_host) {
  auto shot = ask(testing::unused_port(), {{"operation", "walk"}}, table_oids());
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("Connection refused"));
  shot = ask(161, {{"host", "nobody.example"}}, table_oids());
  EXPECT_EQ(shot->code(), ResultCode::kUnreachable);
}

TEST_F(SnmpWalkTest, ten_thousand_rounds_leave_nothing_behind) {
  SnmpAgent agent(device(20));
  auto probe = make(agent.port(), {{"operation", "walk"}}, table_oids()).value();
  ASSERT_EQ(run(*probe, 3)->code(), ResultCode::kSuccess);
  auto bytes = account_.held();
  auto descriptors = testing::open_descriptors();
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(run(*probe, 3)->code(), ResultCode::kSuccess);
  EXPECT_EQ(account_.held(), bytes);
  EXPECT_EQ(testing::open_descriptors(), descriptors);
}

TEST_F(SnmpWalkTest, is_the_same_from_its_record) {
  testing::Snmpd snmpd;
  ASSERT_TRUE(snmpd.running()) << "snmpd is not installed: tools/setup.sh installs it";
  Oids oids = {{"index", "1.3.6.1.2.1.2.2.1.1"},
               {"name", "1.3.6.1.2.1.2.2.1.2"},
               {"type", "1.3.6.1.2.1.2.2.1.3"},
               {"mac", "1.3.6.1.2.1.2.2.1.6 as hex"}};
  auto probe = make(snmpd.port(), {{"operation", "walk"}}, oids).value();
  auto shot = run(*probe, oids.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_GE(shot->table().rows(), 1);
  EXPECT_THAT(rows(*shot)[0], HasSubstr("1|lo|24|"));
  OneShot again(services_, oids.size(), account_);
  again.replay(*probe, shot->trace().answer);
  ASSERT_EQ(again.code(), ResultCode::kSuccess) << again.message();
  EXPECT_EQ(rows(again), rows(*shot));
  again.replay(*probe, "nonsense");
  EXPECT_EQ(again.code(), ResultCode::kFail);
}

TEST_F(SnmpGetTest, asks_a_real_agent_with_each_version) {
  testing::Snmpd snmpd;
  ASSERT_TRUE(snmpd.running());
  Oids oids = {{"name", "1.3.6.1.2.1.1.5.0"}, {"place", "1.3.6.1.2.1.1.6.0"}};
  Settings v3{{"version", "3"},
              {"username", "SHA/AES"},
              {"authPassphrase", "auth secret"},
              {"privPassphrase", "priv secret"},
              {"authPasswordEncryption", "1"},
              {"privPasswordEncryption", "1"}};
  for (const auto& settings : {Settings{{"version", "0"}}, Settings{{"version", "v2c"}}, Settings{}, v3}) {
    auto shot = ask(snmpd.port(), settings, oids);
    ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
    EXPECT_THAT(rows(*shot), ElementsAre("holter-test|a rack"));
  }
  auto story_of_v3 = story(*ask(snmpd.port(), v3, oids));
  for (const auto* step : {"resolved 127.0.0.1", "Get of 2 names to 127.0.0.1:", "bytes came from", "by 1 question"})
    EXPECT_THAT(story_of_v3, HasSubstr(step));
  EXPECT_THAT(story_of_v3, ::testing::Not(HasSubstr("secret")));
  auto strong = v3;
  strong["username"] = "SHA-512/AES-256";
  strong["authPasswordEncryption"] = "SHA-512";
  strong["privPasswordEncryption"] = "aes256";
  EXPECT_THAT(rows(*ask(snmpd.port(), strong, oids)), ElementsAre("holter-test|a rack"));
  strong["operation"] = "walk";
  strong["contextName"] = "mirror";
  EXPECT_THAT(rows(*ask(snmpd.port(), strong, {{"name", "1.3.6.1.2.1.1.5"}})), ElementsAre("holter-test"));
  v3["authPassphrase"] = "another one";
  auto shot = ask(snmpd.port(), v3, oids);
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("the authentication passphrase or protocol is wrong"));
  shot = ask(snmpd.port(), {{"community", "wrong"}, {"timeout", "200"}}, oids);
  EXPECT_THAT(shot->message(), HasSubstr("a wrong community gets none, either"));
}

TEST_F(SnmpGetTest, refuses_blocks_that_make_no_sense) {
  auto refused = [&](const Settings& settings, const Oids& oids = {{"a", "1.3.6.1"}}) {
    auto probe = make(161, settings, oids);
    return probe ? std::string("accepted") : probe.error().message();
  };
  EXPECT_EQ(refused({}), "accepted");
  EXPECT_EQ(refused({{"version", "^_^version^_^"}}), "accepted");  // then version 2c
  EXPECT_THAT(refused({}, {{"a", "sysName.0"}}), HasSubstr("cannot use the OID 'sysName.0'"));
  EXPECT_THAT(refused({}, {{"a", "1.3.6 as text"}}), HasSubstr("cannot use 'as text'"));
  EXPECT_THAT(refused({}, {{"a", ""}}), HasSubstr("oids names none of the set's aliases"));
  EXPECT_THAT(refused({{"operation", "set"}}), HasSubstr("cannot use 'set' as operation"));
  EXPECT_THAT(refused({{"maxRepetitions", "0"}}), HasSubstr("maxRepetitions"));
  EXPECT_THAT(refused({{"version", "3"}}), HasSubstr("a username of 1 to 32 bytes is needed"));
  Settings v3{{"version", "3"}, {"username", "ann"}};
  EXPECT_EQ(refused(v3), "accepted");
  v3["privPassphrase"] = "secret text";
  EXPECT_THAT(refused(v3), HasSubstr("privPassphrase needs authPassphrase"));
  v3["authPassphrase"] = "secret text";
  EXPECT_EQ(refused(v3), "accepted");
  v3["authPasswordEncryption"] = "SHA3";
  EXPECT_THAT(refused(v3), HasSubstr("cannot use 'SHA3' as authPasswordEncryption"));
  v3["authPasswordEncryption"] = "2";  // as the format has it: all but 1 is MD5
  EXPECT_EQ(refused(v3), "accepted");
  v3["privPasswordEncryption"] = "Blowfish";
  EXPECT_THAT(refused(v3), HasSubstr("cannot use 'Blowfish' as privPasswordEncryption"));
  Oids many;
  for (int i = 0; i < 129; ++i) many.emplace_back("o" + std::to_string(i), "1.3.6." + std::to_string(i));
  EXPECT_THAT(refused({}, many), HasSubstr("a set may have 128"));
}

}  // namespace
}  // namespace holter::collect
