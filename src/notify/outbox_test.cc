#include "notify/outbox.h"

#include "notify/message_json.h"
#include "notify/test_outbox.h"

namespace holter::notify {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(OutboxTest, delivers_and_writes_down_the_attempt) {
  ASSERT_TRUE(put("ops", "k1").has_value());
  ASSERT_TRUE(until([&] { return count(EntryState::kDelivered) == 1; }));
  EXPECT_THAT(keys_to("ops"), ElementsAre("k1"));
  EXPECT_EQ(entry("k1").attempts, 1);
  ASSERT_EQ(store_.log.size(), 1);
  EXPECT_EQ(store_.log[0].entry, entry("k1").id);
  EXPECT_EQ(store_.log[0].outcome, "delivered");
  EXPECT_EQ(store_.log[0].answer, "HTTP 200");
  EXPECT_EQ(store_.log[0].when, clock_.wall());
  EXPECT_EQ(outbox_->stats().channels.at("alpha").delivered, 1);
  EXPECT_EQ(outbox_->stats().channels.at("alpha").in_flight, 0);
  EXPECT_EQ(outbox_->stats().loaded, 0);
}

TEST_F(OutboxTest, refuses_unknown_receivers_and_stores_a_key_once) {
  Message message;
  message.receiver = "nobody";
  auto unknown = testing::run_task(context_, outbox_->put(message));
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(put("ops", "k1").value(), put("ops", "k1").value());
  EXPECT_NE(put("ops", "k1").value(), put("dev", "k1").value());
  settle();
  EXPECT_EQ(wire_.sent.size(), 2);
}

TEST_F(OutboxTest, tries_again_with_the_same_key_and_growing_pauses) {
  wire_.answers = [&](const Sent&) { return wire_.sent.size() < 4 ? 503 : 200; };
  ASSERT_TRUE(put("ops", "k1").has_value());
  settle();
  EXPECT_EQ(wire_.sent.size(), 1);
  EXPECT_EQ(entry("k1").state, EntryState::kQueued);
  EXPECT_LE(entry("k1").next_at, clock_.wall() + seconds(1));
  for (int i = 0; i < 5; ++i) advance(seconds(5));
  EXPECT_THAT(keys_to("ops"), ElementsAre("k1", "k1", "k1", "k1"));
  EXPECT_EQ(entry("k1").state, EntryState::kDelivered);
  EXPECT_EQ(entry("k1").attempts, 4);
  EXPECT_EQ(store_.log.size(), 4);
  EXPECT_EQ(store_.log[0].outcome, "retry");
  EXPECT_EQ(outbox_->stats().channels.at("alpha").retried, 3);
}

TEST_F(OutboxTest, what_is_given_up_is_dead_and_can_be_sent_again) {
  wire_.answers = [](const Sent&) { return 404; };
  std::vector<std::string> told;
  outbox_->on_dead([&](const Outbox::Dead& dead) {
    told.push_back(fmt::format("{} {} {} '{}': {}", dead.id.value, dead.receiver, dead.channel, dead.title, dead.why));
  });
  auto id = put("ops", "k1").value();
  settle();
  EXPECT_EQ(entry("k1").state, EntryState::kDead);
  EXPECT_THAT(told, ElementsAre(fmt::format("{} ops alpha 'title of k1': HTTP 404", id.value)));
  EXPECT_EQ(entry("k1").note, "HTTP 404");
  EXPECT_EQ(outbox_->stats().channels.at("alpha").dead, 1);
  advance(hours(1));
  EXPECT_EQ(wire_.sent.size(), 1);
  wire_.answers = [](const Sent&) { return 200; };
  ASSERT_TRUE(testing::run_task(context_, outbox_->resend(id)).has_value());
  settle();
  EXPECT_EQ(entry("k1").state, EntryState::kDelivered);
  EXPECT_THAT(keys_to("ops"), ElementsAre("k1", "k1"));
  EXPECT_EQ(testing::run_task(context_, outbox_->resend(id)).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(testing::run_task(context_, outbox_->resend(EntryId{99})).error().code(), ErrorCode::kNotFound);
}

TEST_F(OutboxTest, gives_up_after_a_day) {
  wire_.answers = [](const Sent&) { return 503; };
  auto id = put("ops", "k1").value();
  auto began = clock_.wall();
  settle();
  while (entry("k1").state != EntryState::kDead && clock_.wall() < began + hours(30)) advance(minutes(5));
  EXPECT_EQ(entry("k1").state, EntryState::kDead);
  EXPECT_GE(clock_.wall(), began + hours(24));
  EXPECT_LE(clock_.wall(), began + hours(24) + minutes(10));
  EXPECT_GT(wire_.sent.size(), 100);
  // By hand its age begins anew.
  ASSERT_TRUE(testing::run_task(context_, outbox_->resend(id)).has_value());
  settle();
  EXPECT_EQ(entry("k1").state, EntryState::kQueued);
}

TEST_F(OutboxTest, keeps_the_order_within_a_group_and_lets_other_groups_pass) {
  wire_.answers = [](const Sent& sent) { return sent.key == "a1" ? 503 : 200; };
  ASSERT_TRUE(put("ops", "a1", "a").has_value());
  ASSERT_TRUE(put("ops", "a2", "a").has_value());
  ASSERT_TRUE(put("ops", "b1", "b").has_value());
  settle();
  advance(seconds(2));
  advance(seconds(60));
  EXPECT_EQ(entry("b1").state, EntryState::kDelivered);
  EXPECT_EQ(entry("a2").state, EntryState::kQueued) << "a1 would come after it";
  wire_.answers = [](const Sent&) { return 200; };
  for (int i = 0; i < 10; ++i) advance(minutes(2));
  EXPECT_EQ(entry("a2").state, EntryState::kDelivered);
  auto keys = keys_to("ops");
  EXPECT_LT(std::ranges::find(keys, "a1"), std::ranges::find(keys, "a2"));
}

TEST_F(OutboxTest, a_message_that_waits_for_its_back_off_delays_no_new_one) {
  wire_.answers = [](const Sent& sent) { return sent.key == "poison" ? 503 : 200; };
  ASSERT_TRUE(put("ops", "poison", "a").has_value());
  settle();
  for (int i = 0; i < 30; ++i) advance(minutes(10));
  ASSERT_GT(entry("poison").attempts, 10);
  advance(entry("poison").next_at - clock_.wall());
  ASSERT_TRUE(put("ops", "fresh", "b").has_value());
  settle();
  EXPECT_EQ(entry("fresh").state, EntryState::kDelivered);
  EXPECT_EQ(entry("poison").state, EntryState::kQueued);
}

TEST_F(OutboxTest, the_last_answer_is_shown_while_the_next_attempt_runs) {
  wire_.answers = [](const Sent&) { return 503; };
  ASSERT_TRUE(put("ops", "k1").has_value());
  settle();
  ASSERT_EQ(entry("k1").attempts, 1);
  store_.entries.begin()->second.note = "HTTP 503";  // as the catalog keeps it
  wire_.answers = [](const Sent&) { return 0; };
  advance(seconds(2));
  ASSERT_EQ(wire_.running, 1);
  EXPECT_EQ(entry("k1").state, EntryState::kSending);
  EXPECT_EQ(entry("k1").note, "HTTP 503");
}

TEST_F(OutboxTest, an_attempt_has_a_limit) {
  close();
  options_.attempt_limit = milliseconds(20);
  open();
  wire_.answers = [](const Sent&) { return 0; };
  ASSERT_TRUE(put("ops", "k1").has_value());
  ASSERT_TRUE(until([&] { return store_.log.size() == 1; }));
  EXPECT_EQ(store_.log[0].outcome, "retry");
  EXPECT_THAT(store_.log[0].answer, HasSubstr("no answer in time"));
  EXPECT_EQ(wire_.running, 0);
}

TEST_F(OutboxTest, a_receiver_that_hangs_delays_no_other) {
  wire_.answers = [](const Sent& sent) { return sent.receiver.starts_with("dead") ? 0 : 200; };
  // At first nobody knows that they hang: they take all places but one. One hundred others go by that.
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(put(fmt::format("dead{}", i), "k").has_value());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(put(fmt::format("good{}", i), "k").has_value());
  settle();
  EXPECT_EQ(count(EntryState::kDelivered), 100);
  EXPECT_EQ(outbox_->stats().channels.at("alpha").in_flight, 3);
}

TEST_F(OutboxTest, suspects_have_half_of_the_places) {
  wire_.answers = [](const Sent& sent) { return sent.receiver.starts_with("dead") ? 503 : 200; };
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(put(fmt::format("dead{}", i), "k").has_value());
  settle();
  EXPECT_EQ(outbox_->stats().channels.at("alpha").retried, 20);
  wire_.answers = [](const Sent& sent) { return sent.receiver.starts_with("dead") ? 0 : 200; };
  advance(minutes(1));
  EXPECT_EQ(wire_.running, 2);
  ASSERT_TRUE(put("good", "k").has_value());
  settle();
  EXPECT_THAT(keys_to("good"), ElementsAre("k"));
}

TEST_F(OutboxTest, a_channel_has_four_places_and_channels_do_not_share_them) {
  for (int i = 0; i < 10; ++i) people_.channels[fmt::format("b{}", i)] = &kBeta;
  wire_.answers = [](const Sent&) { return 0; };
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(put(fmt::format("a{}", i), "k").has_value());
    ASSERT_TRUE(put(fmt::format("b{}", i), "k").has_value());
  }
  settle();
  EXPECT_EQ(outbox_->stats().channels.at("alpha").in_flight, 4);
  EXPECT_EQ(outbox_->stats().channels.at("beta").in_flight, 4);
  EXPECT_EQ(wire_.most_running, 8);
}

TEST_F(OutboxTest, joins_what_the_rate_does_not_allow) {
  people_.per_minute = 5;
  people_.channels["ops"] = &kAlpha;
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(put("ops", fmt::format("k{}", i), fmt::format("g{}", i)).has_value());
  settle();
  EXPECT_EQ(wire_.sent.size(), 5);
  advance(seconds(59));
  EXPECT_EQ(wire_.sent.size(), 5);
  advance(seconds(2));
  ASSERT_EQ(wire_.sent.size(), 6);
  EXPECT_EQ(wire_.sent[5].title, "25 notifications in one");
  EXPECT_THAT(wire_.sent[5].text, HasSubstr("- title of k5\n"));
  EXPECT_THAT(wire_.sent[5].text, HasSubstr("- title of k29\n"));
  EXPECT_EQ(count(EntryState::kDelivered), 31);
  auto digest = entry(wire_.sent[5].key);
  EXPECT_EQ(entry("k17").note, fmt::format("in digest {}", digest.id.value));
  EXPECT_EQ(outbox_->stats().channels.at("alpha").digested, 25);
  // Behind it all is as before.
  ASSERT_TRUE(put("ops", "later").has_value());
  advance(minutes(2));
  EXPECT_EQ(wire_.sent.back().key, "later");
}

TEST_F(OutboxTest, holds_at_most_a_thousand_entries_in_memory) {
  wire_.answers = [](const Sent&) { return 0; };
  for (int i = 0; i < 40; ++i)
    for (int k = 0; k < 50; ++k) ASSERT_TRUE(put(fmt::format("r{}", i), fmt::format("k{}", k)).has_value());
  settle();
  EXPECT_GT(outbox_->stats().loaded, 0);
  EXPECT_LE(outbox_->stats().most_loaded, Outbox::kMostLoaded);
  EXPECT_LE(store_.most_loaded, Outbox::kPass);
  wire_.answers = [](const Sent&) { return 200; };
  close();  // those that hang are cut off
  open();
  ASSERT_TRUE(until([&] { return count(EntryState::kDelivered) == 2000; }));
  for (int i = 0; i < 40; ++i) {  // the first of some was cut off, and came again
    auto keys = keys_to(fmt::format("r{}", i));
    EXPECT_LE(keys.size(), 51);
    keys.erase(std::ranges::unique(keys).begin(), keys.end());
    EXPECT_EQ(keys.size(), 50);
  }
  EXPECT_LE(outbox_->stats().most_loaded, Outbox::kMostLoaded);
}

TEST_F(OutboxTest, waits_for_memory_and_goes_on) {
  account_.set_limit(100 * 1024);
  ASSERT_TRUE(put("ops", "k1").has_value());
  settle();
  EXPECT_TRUE(wire_.sent.empty());
  EXPECT_GT(outbox_->stats().refused, 0);
  account_.set_limit(64 << 20);
  advance(seconds(2));
  EXPECT_THAT(keys_to("ops"), ElementsAre("k1"));
}

TEST_F(OutboxTest, entries_of_a_deleted_receiver_are_dead) {
  wire_.answers = [](const Sent&) { return 503; };
  ASSERT_TRUE(put("ops", "k1").has_value());
  settle();
  people_.channels.erase("ops");
  advance(minutes(1));
  EXPECT_EQ(entry("k1").state, EntryState::kDead);
  EXPECT_EQ(entry("k1").note, "the receiver was deleted");
}

TEST_F(OutboxTest, a_receiver_that_cannot_be_opened_now_is_tried_later) {
  people_.broken.emplace("ops", Error(ErrorCode::kUnavailable, "no key"));
  ASSERT_TRUE(put("ops", "k1").has_value());
  settle();
  EXPECT_EQ(entry("k1").state, EntryState::kQueued);
  people_.broken.clear();
  advance(minutes(2));
  EXPECT_EQ(entry("k1").state, EntryState::kDelivered);
}

TEST_F(OutboxTest, nobody_waits_for_hours_behind_a_clock_that_was_set_back) {
  people_.broken.emplace("held", Error(ErrorCode::kUnavailable, "no key"));
  wire_.answers = [](const Sent&) { return 503; };
  ASSERT_TRUE(put("held", "k1").has_value());
  ASSERT_TRUE(put("ops", "k2").has_value());
  settle();
  ASSERT_EQ(entry("k2").attempts, 1);
  people_.broken.clear();
  wire_.answers = [](const Sent&) { return 200; };
  clock_.set_wall(clock_.wall() - hours(2));
  advance(seconds(1));
  EXPECT_EQ(entry("k1").state, EntryState::kDelivered);
  EXPECT_EQ(entry("k2").state, EntryState::kDelivered);
}

TEST_F(OutboxTest, a_message_that_cannot_be_read_is_dead_and_stops_nothing) {
  people_.channels["ops"] = &kAlpha;
  Entry broken{.key = "broken", .receiver = "ops", .channel = "alpha", .group = "g", .message = "{}", .note = {}};
  broken.since = broken.created = broken.next_at = clock_.wall();
  ASSERT_TRUE(testing::run_task(context_, store_.add(broken)).has_value());
  ASSERT_TRUE(put("ops", "k1").has_value());
  settle();
  EXPECT_EQ(entry("broken").state, EntryState::kDead);
  EXPECT_THAT(entry("broken").note, HasSubstr("cannot read a stored message"));
  EXPECT_EQ(entry("k1").state, EntryState::kDelivered);
}

TEST_F(OutboxTest, finds_what_others_stored) {
  people_.channels["ops"] = &kAlpha;
  Message message;
  message.key = "k1";
  message.receiver = "ops";
  Entry entry{.key = "k1",
              .receiver = "ops",
              .channel = "alpha",
              .group = "g",
              .message = to_json(message).value(),
              .note = {}};
  entry.since = entry.created = entry.next_at = clock_.wall();
  settle();
  ASSERT_TRUE(testing::run_task(context_, store_.add(entry)).has_value());
  settle();
  EXPECT_TRUE(wire_.sent.empty());
  advance(seconds(31));
  EXPECT_EQ(outbox_->stats().waiting, 1);
  EXPECT_EQ(outbox_->stats().oldest, entry.since);
  EXPECT_THAT(keys_to("ops"), ElementsAre("k1"));
}

}  // namespace
}  // namespace holter::notify
