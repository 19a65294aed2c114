#include "catalog/outbox.h"

#include <gmock/gmock.h>

#include "catalog/incidents.h"
#include "catalog/outbox_lanes.h"
#include "catalog/session.h"
#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using State = OutboxState;

class OutboxTest : public OpenCatalogFixture {
 protected:
  template <class T>
  Result<T> write(const std::function<Result<T>(Transaction&)>& work) {
    return database_->write<T>("alerts", work);
  }
  NewMessage message(const std::string& key, const std::string& receiver = "ops") {
    NewMessage made;
    made.entry.key = key;
    made.entry.receiver = receiver;
    made.entry.channel = "email";
    made.entry.message = "text of " + key;
    made.entry.next = clock_.wall();
    return made;
  }
  Result<std::vector<Enqueued>> enqueue(const std::vector<NewMessage>& messages, std::size_t most = 1000) {
    return write<std::vector<Enqueued>>([&](Transaction& t) { return enqueue_outbox(t, messages, most); });
  }
  OutboxId queued(const std::string& key, const std::string& receiver = "ops") {
    auto done = enqueue({message(key, receiver)});
    EXPECT_TRUE(done.has_value()) << text_of(done);
    return done ? done->front().id : OutboxId{};
  }
  Status note(OutboxId id, AttemptOutcome outcome, const std::string& answer = "said", milliseconds in = 0ms) {
    OutboxAttempt attempt{.time = clock_.wall(), .duration = 120ms, .outcome = outcome, .answer = answer};
    OutboxChange change{.id = id,
                        .attempts = find_outbox(*database_, id).value_or(OutboxEntry()).attempts + 1,
                        .next = clock_.wall() + in,
                        .note = answer,
                        .attempt = attempt};
    if (outcome == AttemptOutcome::kDelivered) change.state = State::kDelivered;
    if (outcome == AttemptOutcome::kGaveUp) change.state = State::kDead;
    return write<void>([&](Transaction& t) { return change_outbox(t, change); });
  }
  Result<std::string> resend(OutboxId id, std::size_t most = 1000) {
    return write<std::string>([&](Transaction& t) { return resend_outbox(t, id, most); });
  }
  OutboxEntry found(OutboxId id) {
    auto stored = find_outbox(*database_, id);
    EXPECT_TRUE(stored.has_value()) << text_of(stored);
    return stored.value_or(OutboxEntry());
  }
  std::vector<std::string> due(const std::string& receiver = "ops", std::size_t most = 100,
                               std::size_t bytes = 2 << 20) {
    return keys(read_due_of_lane(*database_, receiver, clock_.wall(), most, bytes));
  }
  std::vector<std::string> list(const OutboxQuery& query) { return keys(read_outbox(*database_, query)); }
  static std::vector<std::string> keys(const Result<std::vector<OutboxEntry>>& page) {
    EXPECT_TRUE(page.has_value()) << text_of(page);
    std::vector<std::string> out;
    if (page)
      for (const auto& entry : *page) out.push_back(entry.key);
    return out;
  }
  std::size_t purge(const OutboxRetention& retention) {
    auto done = write<std::size_t>([&](Transaction& t) { return purge_outbox(t, retention); });
    EXPECT_TRUE(done.has_value()) << text_of(done);
    return done.value_or(0);
  }
  IncidentId incident(std::uint64_t fingerprint) {
    Incident made;
    made.fingerprint = model::Fingerprint{fingerprint};
    made.rule = "x";
    made.started = clock_.wall();
    auto done = write<std::vector<OpenedIncident>>([&](Transaction& t) { return open_incidents(t, {&made, 1}); });
    EXPECT_TRUE(done.has_value()) << text_of(done);
    return done ? done->front().id : IncidentId{};
  }
  std::size_t events(IncidentId id) { return read_incident_events(*database_, id)->size(); }
};
HOLTER_ON_BOTH_ENGINES(OutboxTest);

TEST_P(OutboxTest, messages_come_back_as_they_were_queued) {
  auto made = message("k");
  made.entry.message = std::string(kMostOutboxMessage - 4, 'x') + "\xf0\x9f\x94\xa5";
  made.entry.incidents = {IncidentId{3}, IncidentId{1}};
  auto done = enqueue({made});
  ASSERT_TRUE(done.has_value()) << text_of(done);
  made.entry.id = done->front().id;
  made.entry.created = made.entry.updated = made.entry.since = clock_.wall();
  EXPECT_EQ(found(made.entry.id), made.entry);
  auto listed = read_outbox(*database_, {}).value().front();
  EXPECT_EQ(listed.message, "") << "lists are without";
  listed.message = made.entry.message;
  EXPECT_EQ(listed, made.entry);
  EXPECT_EQ(find_outbox(*database_, OutboxId{4711}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(find_outbox(*database_, OutboxId{~0ULL}).error().code(), ErrorCode::kNotFound);
}

TEST_P(OutboxTest, a_repetition_by_key_is_passed_over_with_its_events) {
  auto id = incident(1);
  auto made = message("k");
  made.events = {{.incident = id, .kind = IncidentEventKind::kDecision, .text = "told"},
                 {.incident = IncidentId{4711}, .kind = IncidentEventKind::kDecision, .text = "of none"}};
  auto first = enqueue({made});
  ASSERT_TRUE(first.has_value()) << text_of(first);
  EXPECT_EQ(events(id), 2U);
  auto other = message("l");
  other.events = made.events;
  made.entry.message = "another";
  auto again = enqueue({other, made, other});
  ASSERT_TRUE(again.has_value()) << text_of(again);
  EXPECT_TRUE((*again)[0].fresh);
  EXPECT_EQ((*again)[1], (Enqueued{first->front().id, false}));
  EXPECT_EQ((*again)[2], (Enqueued{(*again)[0].id, false}));
  EXPECT_EQ(events(id), 3U);
  EXPECT_EQ(found(first->front().id).message, "text of k");
}

TEST_P(OutboxTest, messages_and_events_are_queued_together_or_not_at_all) {
  auto id = incident(1);
  auto good = message("a"), bad = message("b");
  good.events = {{.incident = id, .text = "told"}};
  bad.entry.message = std::string("a\0b", 3);
  EXPECT_EQ(enqueue({good, bad}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(enqueue({good, message("c")}, 1).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(list({}), IsEmpty());
  EXPECT_EQ(events(id), 1U);
}

TEST_P(OutboxTest, so_many_wait_at_most_and_settled_ones_do_not_count) {
  ASSERT_TRUE(enqueue({message("a"), message("b")}, 2).has_value());
  EXPECT_TRUE(enqueue({message("a")}, 2).has_value());
  auto more = enqueue({message("c")}, 2);
  EXPECT_EQ(more.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(more.error().message(), HasSubstr("2 wait"));
  auto id = read_outbox(*database_, {}).value().front().id;
  ASSERT_TRUE(note(id, AttemptOutcome::kGaveUp).has_value());
  EXPECT_TRUE(enqueue({message("c")}, 2).has_value());
  EXPECT_EQ(resend(id, 2).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(found(id).state, State::kDead);
}

TEST_P(OutboxTest, each_receiver_has_a_lane_of_what_is_due) {
  auto not_yet = message("not yet"), early = message("early");
  not_yet.entry.next = clock_.wall() + 1ms;
  early.entry.next = clock_.wall() - 5s;
  ASSERT_TRUE(enqueue({message("a"), not_yet, message("other", "pager's"), early}).has_value());
  EXPECT_THAT(due(), ElementsAre("a", "early"));
  EXPECT_THAT(due("ops", 1), ElementsAre("a"));
  EXPECT_THAT(due("pager's"), ElementsAre("other"));
  EXPECT_THAT(due("nobody"), IsEmpty());
  auto lanes = read_outbox_lanes(*database_, clock_.wall());
  ASSERT_TRUE(lanes.has_value()) << text_of(lanes);
  ASSERT_EQ(lanes->size(), 2U);
  EXPECT_EQ((*lanes)[0], (OutboxLane{"ops", 3, clock_.wall(), clock_.wall() - 5s}));
  EXPECT_EQ(read_outbox_lane(*database_, "pager's", clock_.wall())->waiting, 1U);
  EXPECT_EQ(read_outbox_lane(*database_, "nobody", clock_.wall())->waiting, 0U);
  clock_.advance(1ms);
  EXPECT_EQ(due().size(), 3U);
}

TEST_P(OutboxTest, a_lane_is_due_when_the_oldest_of_a_group_is_and_not_for_what_waits_behind_it) {
  auto first = message("first"), behind = message("behind");
  first.entry.group = behind.entry.group = "g";
  first.entry.next = clock_.wall() + 60s;
  ASSERT_TRUE(enqueue({first, behind}).has_value());
  EXPECT_THAT(due(), IsEmpty());
  auto lane = read_outbox_lane(*database_, "ops", clock_.wall());
  ASSERT_TRUE(lane.has_value()) << text_of(lane);
  EXPECT_EQ(*lane, (OutboxLane{"ops", 2, clock_.wall(), clock_.wall() + 60s}));
  auto alone = message("alone");
  alone.entry.next = clock_.wall() + 30s;
  ASSERT_TRUE(enqueue({alone}).has_value());
  EXPECT_EQ(read_outbox_lane(*database_, "ops", clock_.wall())->next, clock_.wall() + 30s);
  EXPECT_EQ(read_outbox_lanes(*database_, clock_.wall())->front().next, clock_.wall() + 30s);
}

TEST_P(OutboxTest, what_waits_for_a_time_of_the_old_clock_is_due_when_that_was_set_back) {
  auto id = queued("tried");
  clock_.advance(1s);
  ASSERT_TRUE(note(id, AttemptOutcome::kRetry, "later", 60s).has_value());
  EXPECT_THAT(due(), IsEmpty());
  clock_.set_wall(clock_.wall() - std::chrono::hours(2));
  EXPECT_THAT(due(), ElementsAre("tried"));
  EXPECT_EQ(read_outbox_lane(*database_, "ops", clock_.wall())->next, clock_.wall());
  ASSERT_TRUE(note(id, AttemptOutcome::kRetry, "later", 60s).has_value());
  EXPECT_THAT(due(), IsEmpty()) << "that was tried by the new clock";
}

TEST_P(OutboxTest, messages_of_a_group_keep_their_order) {
  auto first = message("first"), second = message("second"), other = message("other");
  first.entry.group = second.entry.group = "g";
  first.entry.next = clock_.wall() + 1min;
  ASSERT_TRUE(enqueue({first, second, other}).has_value());
  EXPECT_THAT(due(), ElementsAre("other"));
  clock_.advance(1min);
  EXPECT_THAT(due(), ElementsAre("first", "second", "other"));
}

TEST_P(OutboxTest, an_attempt_whose_end_is_not_known_is_marked) {
  auto id = queued("k");
  OutboxChange change{.id = id, .sending = true, .attempts = 1, .next = clock_.wall()};
  ASSERT_TRUE(write<void>([&](Transaction& t) { return change_outbox(t, change); }).has_value());
  EXPECT_TRUE(found(id).sending);
  EXPECT_EQ(found(id).attempts, 1U);
  ASSERT_TRUE(note(id, AttemptOutcome::kRetry).has_value());
  EXPECT_FALSE(found(id).sending);
  EXPECT_EQ(write<void>([&](Transaction& t) { return change_outbox(t, {.id = OutboxId{4711}}); }).error().code(),
            ErrorCode::kNotFound);
}

TEST_P(OutboxTest, a_digest_is_queued_once_and_takes_its_members) {
  auto a = queued("a"), b = queued("b");
  OutboxId members[] = {a, b};
  auto digest = message("digest").entry;
  OutboxId made{};
  for (int i = 0; i < 2; ++i) {
    auto done = write<OutboxId>([&](Transaction& t) { return enqueue_digest(t, digest, members); });
    ASSERT_TRUE(done.has_value()) << text_of(done);
    if (i == 1) EXPECT_EQ(*done, made);
    made = *done;
  }
  EXPECT_THAT(due(), ElementsAre("digest"));
  EXPECT_EQ(found(a).state, State::kDigested);
  EXPECT_EQ(found(b).digest, made);
}

TEST_P(OutboxTest, what_is_due_is_bounded_by_bytes) {
  for (int i = 0; i < 12; ++i) {
    auto made = message(fmt::format("k{}", i));
    made.entry.message = std::string(kMostOutboxMessage, 'x');
    ASSERT_TRUE(enqueue({made}).has_value());
  }
  EXPECT_EQ(due().size(), 8U);
}

TEST_P(OutboxTest, attempts_are_written_down_and_decide_what_becomes_of_a_message) {
  auto id = queued("k");
  auto first = clock_.wall();
  ASSERT_TRUE(note(id, AttemptOutcome::kRetry, "HTTP 429", 30s).has_value());
  EXPECT_THAT(due(), IsEmpty());
  auto waiting = found(id);
  EXPECT_EQ(waiting.state, State::kQueued);
  EXPECT_EQ(waiting.attempts, 1U);
  EXPECT_EQ(waiting.next, first + 30s);
  EXPECT_EQ(waiting.last_answer, "HTTP 429");
  clock_.advance(30s);
  EXPECT_THAT(due(), ElementsAre("k"));
  ASSERT_TRUE(note(id, AttemptOutcome::kDelivered, "250 OK").has_value());
  EXPECT_EQ(found(id).state, State::kDelivered);
  EXPECT_EQ(found(id).updated, clock_.wall());
  EXPECT_THAT(due(), IsEmpty());
  auto attempts = read_attempts(*database_, id);
  ASSERT_TRUE(attempts.has_value()) << text_of(attempts);
  EXPECT_THAT(*attempts, ElementsAre(OutboxAttempt{1, first, 120ms, AttemptOutcome::kRetry, "HTTP 429"},
                                     OutboxAttempt{2, clock_.wall(), 120ms, AttemptOutcome::kDelivered, "250 OK"}));
  auto again = note(id, AttemptOutcome::kRetry);
  EXPECT_EQ(again.error().code(), ErrorCode::kConflict);
  EXPECT_THAT(again.error().message(), HasSubstr("it is delivered, not queued"));
  EXPECT_EQ(read_attempts(*database_, id)->size(), 2U);
  EXPECT_EQ(note(OutboxId{4711}, AttemptOutcome::kRetry).error().code(), ErrorCode::kNotFound);
}

TEST_P(OutboxTest, answers_are_stored_as_one_line_of_text_whatever_was_said) {
  auto id = queued("k");
  ASSERT_TRUE(note(id, AttemptOutcome::kRetry, std::string("a\0b\r\n\xff'); DELETE", 16)).has_value());
  EXPECT_EQ(found(id).last_answer, "a b  \xef\xbf\xbd'); DELETE");
  ASSERT_TRUE(note(id, AttemptOutcome::kRetry, std::string(498, 'x') + "\xf0\x9f\x94\xa5").has_value());
  EXPECT_EQ(found(id).last_answer, std::string(498, 'x')) << "no half of a character";
  EXPECT_EQ(read_attempts(*database_, id)->back().answer, std::string(498, 'x'));
}

TEST_P(OutboxTest, of_many_attempts_the_newest_are_kept) {
  auto id = queued("k");
  for (std::size_t i = 0; i < kMostAttempts + 3; ++i) ASSERT_TRUE(note(id, AttemptOutcome::kRetry).has_value());
  auto attempts = read_attempts(*database_, id).value();
  ASSERT_EQ(attempts.size(), kMostAttempts);
  EXPECT_EQ(attempts.front().number, 4U);
  EXPECT_EQ(attempts.back().number, kMostAttempts + 3);
  EXPECT_EQ(found(id).attempts, kMostAttempts + 3);
}

TEST_P(OutboxTest, dead_ones_are_sent_again_and_others_not) {
  auto id = queued("k");
  EXPECT_EQ(resend(id).error().code(), ErrorCode::kConflict);
  ASSERT_TRUE(note(id, AttemptOutcome::kGaveUp, "550 no such user").has_value());
  EXPECT_EQ(found(id).state, State::kDead);
  EXPECT_THAT(due(), IsEmpty());
  clock_.advance(1h);
  ASSERT_TRUE(resend(id).has_value());
  EXPECT_THAT(due(), ElementsAre("k"));
  EXPECT_EQ(found(id).attempts, 0U) << "as if it were new";
  ASSERT_TRUE(note(id, AttemptOutcome::kDelivered).has_value());
  EXPECT_EQ(read_attempts(*database_, id)->back().number, 2U);
  EXPECT_EQ(resend(id).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(resend(OutboxId{4711}).error().code(), ErrorCode::kNotFound);
}

TEST_P(OutboxTest, a_digest_tells_of_those_that_wait_and_of_no_others) {
  auto a = queued("a"), b = queued("b"), sent = queued("sent"), digest = queued("digest");
  ASSERT_TRUE(note(sent, AttemptOutcome::kDelivered).has_value());
  auto tell = [&](const std::vector<OutboxId>& ids, OutboxId by) {
    return write<std::size_t>([&](Transaction& t) { return digest_outbox(t, ids, by); });
  };
  EXPECT_EQ(tell({a, digest}, digest).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(tell({a}, OutboxId{4711}).error().code(), ErrorCode::kNotFound);
  auto done = tell({a, b, sent, OutboxId{4711}, OutboxId{~0ULL}}, digest);
  ASSERT_TRUE(done.has_value()) << text_of(done);
  EXPECT_EQ(*done, 2U);
  EXPECT_EQ(found(a).state, State::kDigested);
  EXPECT_EQ(found(a).digest, digest);
  EXPECT_EQ(found(sent).state, State::kDelivered);
  EXPECT_THAT(due(), ElementsAre("digest"));
  EXPECT_EQ(tell({a, b}, digest).value(), 0U) << "a repetition does no harm";
}

TEST_P(OutboxTest, is_listed_by_state_and_receiver_and_pages_stay_while_others_are_queued) {
  for (int i = 0; i < 12; ++i) {
    auto id = queued(fmt::format("k{:02}", i), i % 2 ? "ops" : "chat");
    if (i < 4) ASSERT_TRUE(note(id, AttemptOutcome::kGaveUp).has_value());
  }
  EXPECT_THAT(list({.state = State::kDead}), ElementsAre("k03", "k02", "k01", "k00"));
  EXPECT_THAT(list({.receiver = "chat", .most = 2}), ElementsAre("k10", "k08"));
  EXPECT_THAT(list({.state = State::kDead, .receiver = "ops"}), ElementsAre("k03", "k01"));
  EXPECT_THAT(list({.receiver = "' OR 1=1 --"}), IsEmpty());
  std::vector<std::string> seen;
  OutboxQuery query{.most = 5};
  for (auto page = read_outbox(*database_, query).value(); !page.empty();
       page = read_outbox(*database_, query).value()) {
    EXPECT_LE(page.size(), 5U);
    for (const auto& entry : page) seen.push_back(entry.key);
    query.before_id = page.back().id.value;
    queued(fmt::format("new {}", query.before_id));
  }
  ASSERT_EQ(seen.size(), 12U);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], fmt::format("k{:02}", 11 - i));
}

TEST_P(OutboxTest, is_counted_by_state_with_the_one_that_waits_longest) {
  EXPECT_EQ(count_outbox(*database_).value(), OutboxCounts());
  auto begin = clock_.wall();
  ASSERT_TRUE(note(queued("sent"), AttemptOutcome::kDelivered).has_value());
  clock_.advance(1s);
  ASSERT_TRUE(note(queued("first"), AttemptOutcome::kRetry, "", 1h).has_value());
  clock_.advance(1s);
  queued("second");
  auto counts = count_outbox(*database_);
  ASSERT_TRUE(counts.has_value()) << text_of(counts);
  EXPECT_EQ(*counts, (OutboxCounts{{2, 1, 0, 0}, begin + 1s, begin + 2s}));
}

TEST_P(OutboxTest, is_purged_of_what_is_settled_and_never_of_what_waits) {
  auto begin = clock_.wall();
  std::vector<OutboxId> ids;
  for (int i = 0; i < 9; ++i) {
    ids.push_back(queued(fmt::format("k{}", i)));
    if (i < 6) ASSERT_TRUE(note(ids.back(), i % 2 ? AttemptOutcome::kGaveUp : AttemptOutcome::kDelivered).has_value());
    clock_.advance(1s);
  }
  EXPECT_EQ(purge({.delivered_before = begin + 3s}), 2U);
  EXPECT_THAT(list({}), ElementsAre("k8", "k7", "k6", "k5", "k4", "k3", "k1"));
  EXPECT_THAT(read_attempts(*database_, ids[0]).value(), IsEmpty());
  EXPECT_EQ(purge({.dead_before = begin + 2s}), 1U);
  EXPECT_EQ(purge({.most_settled = 2}), 1U);
  EXPECT_THAT(list({}), ElementsAre("k8", "k7", "k6", "k5", "k4"));
  EXPECT_EQ(purge({.delivered_before = WallTime::max(), .dead_before = WallTime::max(), .most_deleted = 1}), 1U);
  EXPECT_EQ(purge({.most_settled = 0}), 1U);
  EXPECT_EQ(purge({.delivered_before = WallTime::max(), .dead_before = WallTime::max(), .most_settled = 0}), 0U);
  EXPECT_THAT(list({}), ElementsAre("k8", "k7", "k6"));
  EXPECT_GT(queued("k0"), ids.back()) << "ids are not given again";
}

TEST_P(OutboxTest, hostile_texts_are_only_texts_and_broken_ones_are_refused) {
  const std::string evil = "x'); DELETE FROM outbox; -- :id $1 \"\\ \xf0\x9f\x94\xa5";
  auto made = message(evil, evil);
  made.entry.message = evil + "\r\n\x01";
  auto id = enqueue({made})->front().id;
  EXPECT_EQ(found(id).key, evil);
  EXPECT_EQ(found(id).receiver, evil);
  EXPECT_EQ(found(id).message, made.entry.message);
  EXPECT_THAT(list({.receiver = evil}), ElementsAre(evil));
  EXPECT_THAT(due(evil, 10), ElementsAre(evil));
  EXPECT_THAT(due(), IsEmpty());
  for (auto* field : {&made.entry.key, &made.entry.receiver, &made.entry.channel, &made.entry.message})
    for (const std::string& bad :
         {std::string("a\0b", 3), std::string("\xff"), std::string(kMostOutboxMessage + 1, 'x')}) {
      made = message("other");
      *field = bad;
      EXPECT_EQ(enqueue({made}).error().code(), ErrorCode::kInvalidArgument);
    }
  made = message("other");
  made.entry.incidents.resize(1001);
  EXPECT_EQ(enqueue({made}).error().code(), ErrorCode::kInvalidArgument);
  made = message("other");
  made.events = {{.incident = IncidentId{1}, .text = std::string(4097, 'x')}};
  EXPECT_EQ(enqueue({made}).error().code(), ErrorCode::kInvalidArgument);
}

TEST(OutboxStates, have_words_that_come_back) {
  for (auto state : {State::kQueued, State::kDelivered, State::kDead, State::kDigested})
    EXPECT_EQ(parse_outbox_state(to_string(state)), state);
  EXPECT_EQ(to_string(State::kDigested), "digested");
  EXPECT_EQ(parse_outbox_state("gone"), std::nullopt);
}

}  // namespace
}  // namespace holter::catalog
