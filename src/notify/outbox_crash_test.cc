#include "notify/test_outbox.h"

namespace holter::notify {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;

/// A digest among what is sent: more messages than the rate allows.
class OutboxCrashTest : public OutboxTest {
 protected:
  OutboxCrashTest() {
    people_.per_minute = 2;
    people_.channels["ops"] = &kAlpha;
  }
  /// Runs with the clock for ten minutes, or until the process has died.
  void go_on() {
    settle();
    for (int i = 0; i < 20 && !store_.dead(); ++i) advance(seconds(31));
  }
  void put_all() {
    for (int i = 0; i < 5 && !store_.dead(); ++i) {
      Message message;
      message.key = fmt::format("k{}", i);
      message.group = "g";
      message.receiver = "ops";
      message.title = message.key;
      boost::asio::co_spawn(context_, put_one(outbox_.get(), message), boost::asio::detached);
      settle();
    }
  }
  static boost::asio::awaitable<void> put_one(Outbox* outbox, Message message) {
    (void)co_await outbox->put(std::move(message));  // one that dies with the process was never acknowledged
  }
  std::size_t times(const std::string& key) const {
    auto keys = keys_to("ops");
    return static_cast<std::size_t>(std::ranges::count(keys, key));
  }
};

TEST_F(OutboxCrashTest, a_death_at_any_step_loses_nothing_and_repeats_at_most_one_message_once) {
  put_all();
  go_on();
  auto steps = store_.changes();
  ASSERT_EQ(count(EntryState::kDelivered), store_.entries.size());
  ASSERT_EQ(steps, 12) << "five stored, three sent in two steps each, and a digest";
  for (int step = 1; step <= steps; ++step)
    for (bool lost : {false, true}) {
      SCOPED_TRACE(fmt::format("dies at change {}, which is {}", step, lost ? "lost" : "made"));
      close();
      store_.entries.clear();
      store_.log.clear();
      wire_.sent.clear();
      store_.revive();
      open();
      store_.die_at(step, lost);
      put_all();
      go_on();
      ASSERT_TRUE(store_.dead());
      close();  // what waits for the dead store ends
      store_.revive();
      open();
      go_on();
      std::size_t repeated = 0;
      for (const auto& [id, entry] : store_.entries) {
        EXPECT_EQ(entry.state, EntryState::kDelivered) << entry.key;
        bool joined = entry.note.starts_with("in digest");
        EXPECT_GE(times(entry.key), joined ? 0 : 1) << entry.key;
        EXPECT_LE(times(entry.key), 2) << entry.key;
        repeated += times(entry.key) == 2 ? 1 : 0;
      }
      EXPECT_LE(repeated, 1);
    }
}

TEST_F(OutboxTest, sends_nothing_whose_beginning_it_cannot_write) {
  ASSERT_TRUE(put("ops", "k0").has_value());
  settle();
  store_.fault = [](std::string_view) -> Status { return Error(ErrorCode::kResourceExhausted, "the catalog is full"); };
  auto refused = put("ops", "k1");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  store_.fault = nullptr;
  wire_.answers = [](const Sent&) { return 503; };
  ASSERT_TRUE(put("ops", "k1").has_value());
  settle();
  ASSERT_EQ(wire_.sent.size(), 2);
  store_.fault = [](std::string_view) -> Status { return Error(ErrorCode::kResourceExhausted, "the catalog is full"); };
  wire_.answers = [](const Sent&) { return 200; };
  for (int i = 0; i < 10; ++i) advance(minutes(2));
  EXPECT_EQ(wire_.sent.size(), 2);
  EXPECT_GT(outbox_->stats().store_failures, 3);
  store_.fault = nullptr;
  for (int i = 0; i < 3; ++i) advance(minutes(2));
  EXPECT_THAT(keys_to("ops"), ElementsAre("k0", "k1", "k1"));
  EXPECT_EQ(entry("k1").state, EntryState::kDelivered);
}

TEST_F(OutboxTest, an_end_that_the_store_does_not_take_is_kept_and_nothing_is_sent_twice) {
  bool sent = false;
  wire_.answers = [&](const Sent&) {
    sent = true;
    return 200;
  };
  store_.fault = [&](std::string_view) -> Status {
    if (sent) return Error(ErrorCode::kIo, "cannot write");
    return {};
  };
  ASSERT_TRUE(put("ops", "k1").has_value());
  settle();
  EXPECT_EQ(entry("k1").state, EntryState::kSending);
  EXPECT_EQ(outbox_->stats().unwritten, 1);
  for (int i = 0; i < 5; ++i) advance(minutes(2));
  EXPECT_EQ(wire_.sent.size(), 1);
  store_.fault = nullptr;
  for (int i = 0; i < 3; ++i) advance(minutes(2));
  EXPECT_EQ(wire_.sent.size(), 1);
  EXPECT_EQ(entry("k1").state, EntryState::kDelivered);
  EXPECT_EQ(outbox_->stats().unwritten, 0);
  EXPECT_EQ(store_.log.size(), 1);
}

TEST_F(OutboxTest, another_receiver_goes_on_while_an_end_of_the_first_waits_for_the_store) {
  bool broken = false;
  wire_.answers = [&](const Sent&) { return 200; };
  store_.fault = [&](std::string_view call) -> Status {
    if (broken && call == "change" && !wire_.sent.empty() && wire_.sent.size() < 2)
      return Error(ErrorCode::kIo, "cannot write");
    return {};
  };
  broken = true;
  ASSERT_TRUE(put("first", "k").has_value());
  settle();
  EXPECT_EQ(outbox_->stats().unwritten, 1);
  broken = false;
  ASSERT_TRUE(put("second", "k").has_value());
  settle();
  EXPECT_THAT(keys_to("second"), ElementsAre("k"));
}

}  // namespace
}  // namespace holter::notify
