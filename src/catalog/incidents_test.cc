#include "catalog/incidents.h"

#include <set>

#include <gmock/gmock.h>

#include "catalog/session.h"
#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using namespace std::chrono_literals;
using model::Resolution;
using model::Severity;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Which = IncidentQuery::Which;

class IncidentsTest : public OpenCatalogFixture {
 protected:
  template <class T>
  Result<T> write(const std::function<Result<T>(Transaction&)>& work) {
    return database_->write<T>("eva", work);
  }
  Incident incident(std::uint64_t number, Severity severity = Severity::kWarning) {
    Incident made;
    made.fingerprint = model::Fingerprint{number};
    made.rule = "disk full";
    made.severity = severity;
    made.labels = {{"alertname", "disk full"}, {"mount", fmt::format("/data{}", number)}};
    made.started = clock_.wall();
    return made;
  }
  Result<std::vector<OpenedIncident>> open_all(const std::vector<Incident>& incidents, std::size_t most = 1000) {
    return write<std::vector<OpenedIncident>>([&](Transaction& t) { return open_incidents(t, incidents, most); });
  }
  IncidentId opened(const Incident& made) {
    auto done = open_all({made});
    EXPECT_TRUE(done.has_value()) << text_of(done);
    return done ? done->front().id : IncidentId{};
  }
  Result<std::size_t> close(IncidentId id, Resolution resolution = Resolution::kRecovered) {
    IncidentEnd end{id, clock_.wall(), resolution};
    return write<std::size_t>([&](Transaction& t) { return close_incidents(t, {&end, 1}); });
  }
  Result<Incident> update(const Incident& changed) {
    return write<Incident>([&](Transaction& t) { return update_incident(t, changed); });
  }
  Status append(const IncidentEvent& event, std::size_t most = kMostIncidentEvents) {
    return write<void>([&](Transaction& t) { return append_incident_event(t, event, most); });
  }
  Incident found(IncidentId id) {
    auto stored = find_incident(*database_, id);
    EXPECT_TRUE(stored.has_value()) << text_of(stored);
    return stored.value_or(Incident());
  }
  std::vector<std::uint64_t> ids(const IncidentQuery& query) {
    auto page = read_incidents(*database_, query);
    EXPECT_TRUE(page.has_value()) << text_of(page);
    std::vector<std::uint64_t> out;
    for (const auto& stored : page.value_or(std::vector<Incident>())) out.push_back(stored.fingerprint.value);
    return out;
  }
  std::vector<std::string> events(IncidentId id) {
    auto read = read_incident_events(*database_, id, 0, 1000);
    EXPECT_TRUE(read.has_value()) << text_of(read);
    std::vector<std::string> out;
    for (const auto& event : read.value_or(std::vector<IncidentEvent>()))
      out.push_back(fmt::format("{}{}{}", to_string(event.kind), event.text.empty() ? "" : ": ", event.text));
    return out;
  }
  std::size_t purge(WallTime oldest, std::size_t most_closed = 1000, std::size_t most_deleted = 1000) {
    auto done =
        write<std::size_t>([&](Transaction& t) { return purge_incidents(t, oldest, most_closed, most_deleted); });
    EXPECT_TRUE(done.has_value()) << text_of(done);
    return done.value_or(0);
  }
};
HOLTER_ON_BOTH_ENGINES(IncidentsTest);

TEST_P(IncidentsTest, come_back_as_they_were_opened) {
  Incident made = incident(0xfedcba9876543210ULL, Severity::kEmergency);
  made.monitor = MonitorId{0xfffffffffffffff0ULL};  // of a file: a hash
  made.annotations = {{"summary", "\xf0\x9f\x94\xa5 disk \"full\"\n"}};
  made.evidence = R"({"usage":97.5})";
  made.group_key = "{}:{alertname=\"disk full\"}";
  made.notify_state = "waiting";
  made.id = opened(made);
  made.version = 1;
  EXPECT_EQ(found(made.id), made);
  EXPECT_TRUE(found(made.id).open());
  EXPECT_EQ(find_incident(*database_, made.fingerprint, made.started).value(), made);
  EXPECT_EQ(find_incident(*database_, made.fingerprint, made.started + 1ms).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(find_incident(*database_, IncidentId{made.id.value + 1}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(find_incident(*database_, IncidentId{~0ULL}).error().code(), ErrorCode::kNotFound);
}

TEST_P(IncidentsTest, opened_twice_are_one_and_stay_as_they_were) {
  auto made = incident(7);
  auto id = opened(made);
  made.annotations = {{"summary", "other"}};
  auto again = open_all({incident(8), made, incident(8)});
  ASSERT_TRUE(again.has_value()) << text_of(again);
  EXPECT_FALSE((*again)[1].fresh);
  EXPECT_EQ((*again)[1].id, id);
  EXPECT_TRUE((*again)[0].fresh);
  EXPECT_EQ((*again)[2], (OpenedIncident{(*again)[0].id, false}));
  EXPECT_THAT(found(id).annotations, IsEmpty());
  EXPECT_THAT(events(id), ElementsAre("opened"));
  clock_.advance(1ms);
  EXPECT_TRUE(open_all({incident(7)})->front().fresh) << "the same condition, another time";
}

TEST_P(IncidentsTest, are_closed_once) {
  auto id = opened(incident(7));
  clock_.advance(1s);
  EXPECT_EQ(close(id, Resolution::kVanished).value(), 1U);
  auto ended = clock_.wall();
  clock_.advance(1s);
  EXPECT_EQ(close(id, Resolution::kByHand).value(), 0U);
  auto stored = found(id);
  EXPECT_EQ(stored.ended, ended);
  EXPECT_EQ(stored.resolution, Resolution::kVanished);
  EXPECT_FALSE(stored.by_hand);
  EXPECT_EQ(stored.version, 2U);
  EXPECT_THAT(events(id), ElementsAre("opened", "closed: vanished"));
  EXPECT_EQ(close(IncidentId{4711}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(close(id, Resolution::kNone).error().code(), ErrorCode::kInvalidArgument);
  auto other = opened(incident(8));
  ASSERT_EQ(close(other, Resolution::kByHand).value(), 1U);
  EXPECT_TRUE(found(other).by_hand);
}

TEST_P(IncidentsTest, of_several_to_be_closed_none_is_when_one_is_missing) {
  auto id = opened(incident(7));
  std::vector<IncidentEnd> ends{{id, clock_.wall()}, {IncidentId{4711}, clock_.wall()}};
  auto done = write<std::size_t>([&](Transaction& t) { return close_incidents(t, ends); });
  EXPECT_EQ(done.error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(found(id).open());
}

TEST_P(IncidentsTest, are_changed_by_version) {
  auto cause = opened(incident(1));
  auto changed = found(opened(incident(7)));
  auto before = changed;
  changed.severity = Severity::kCritical;
  changed.annotations = {{"summary", "worse"}};
  changed.assignee = "ada";
  changed.acknowledged = clock_.wall();
  changed.acknowledged_by = "eva";
  changed.snoozed_until = clock_.wall() + 1h;
  changed.by_hand = true;
  changed.linked = cause;
  changed.notify_state = "told";
  auto stored = update(changed);
  ASSERT_TRUE(stored.has_value()) << text_of(stored);
  changed.version = 2;
  EXPECT_EQ(*stored, changed);
  EXPECT_THAT(text_of(update(before)), HasSubstr("it is version 2 now, and version 1 was to be changed"));
  changed.labels = {};
  changed.rule = "another";
  changed.started += 1h;
  stored = update(changed);
  ASSERT_TRUE(stored.has_value()) << text_of(stored);
  EXPECT_EQ(stored->labels, before.labels) << "what makes it what it is stays";
  EXPECT_EQ(stored->rule, before.rule);
  EXPECT_EQ(stored->started, before.started);
  changed.id = IncidentId{4711};
  EXPECT_EQ(update(changed).error().code(), ErrorCode::kNotFound);
}

TEST_P(IncidentsTest, are_linked_to_others_that_are_there_and_stay_so_when_those_are_gone) {
  auto cause = opened(incident(1));
  auto changed = found(opened(incident(7)));
  changed.linked = changed.id;
  EXPECT_EQ(update(changed).error().code(), ErrorCode::kInvalidArgument);
  changed.linked = IncidentId{4711};
  EXPECT_EQ(update(changed).error().code(), ErrorCode::kNotFound);
  changed.linked = cause;
  changed = update(changed).value();
  ASSERT_EQ(close(cause).value(), 1U);
  ASSERT_EQ(purge(WallTime::max()), 1U);
  changed.assignee = "ada";
  auto stored = update(changed);
  ASSERT_TRUE(stored.has_value()) << text_of(stored);
  EXPECT_EQ(stored->linked, cause);
}

TEST_P(IncidentsTest, hostile_texts_are_only_texts_and_broken_ones_are_refused) {
  const std::string evil = "x'); DELETE FROM incidents; -- :id $1 \"\\ \xf0\x9f\x94\xa5";
  auto made = incident(7);
  made.rule = made.evidence = made.group_key = made.assignee = made.notify_state = evil;
  made.labels = {{evil, evil}};
  made.annotations = {{evil, evil + "\n\x01"}};
  made.id = opened(made);
  made.version = 1;
  EXPECT_EQ(found(made.id), made);
  ASSERT_TRUE(append({.incident = made.id, .text = evil, .json = evil}).has_value());
  EXPECT_THAT(events(made.id), ElementsAre("opened", "comment: " + evil));
  for (const std::string& bad : {std::string("a\0b", 3), std::string("\xff")}) {
    for (auto* field :
         {&made.rule, &made.evidence, &made.group_key, &made.labels[0].second, &made.annotations[0].first}) {
      auto kept = std::exchange(*field, bad);
      EXPECT_EQ(open_all({made}).error().code(), ErrorCode::kInvalidArgument);
      *field = kept;
    }
    EXPECT_EQ(append({.incident = made.id, .text = bad}).error().code(), ErrorCode::kInvalidArgument);
    IncidentQuery query;
    query.text = bad;
    EXPECT_EQ(read_incidents(*database_, query).error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST_P(IncidentsTest, are_refused_when_they_are_too_large_not_sorted_or_ended) {
  auto refused = [&](Incident made, const char* why) {
    auto done = open_all({made});
    ASSERT_FALSE(done.has_value()) << why;
    EXPECT_EQ(done.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(done.error().message(), HasSubstr(why));
  };
  auto made = incident(7);
  for (int i = 0; i < 65; ++i) made.annotations.emplace_back(fmt::format("a{:02}", i), "");
  refused(made, "more than 64 annotations");
  made = incident(7);
  for (int i = 0; i < 17; ++i) made.annotations.emplace_back(fmt::format("a{:02}", i), std::string(4000, 'x'));
  refused(made, "65536 are the most");
  made = incident(7);
  made.labels = {{"b", ""}, {"a", ""}};
  refused(made, "not sorted");
  made.labels = {{"a", ""}, {"a", "2"}};
  refused(made, "not sorted");
  made = incident(7);
  made.ended = clock_.wall();
  refused(made, "it has an end");
}

TEST_P(IncidentsTest, so_many_may_be_open_at_most_and_repetitions_do_not_count) {
  ASSERT_TRUE(open_all({incident(1), incident(2), incident(3)}, 3).has_value());
  EXPECT_TRUE(open_all({incident(1), incident(2)}, 3).has_value());
  auto more = open_all({incident(1), incident(4)}, 3);
  EXPECT_EQ(more.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(ids({}), ElementsAre(3, 2, 1));
  ASSERT_EQ(close(found(opened(incident(1))).id).value(), 1U);
  EXPECT_TRUE(open_all({incident(4)}, 3).has_value());
}

TEST_P(IncidentsTest, are_listed_by_state_severity_monitor_and_time) {
  auto begin = clock_.wall();
  for (std::uint64_t i = 1; i <= 6; ++i) {
    auto made = incident(i, i % 2 ? Severity::kCritical : Severity::kInfo);
    made.monitor = MonitorId{i <= 2 ? 17U : 0U};
    auto id = opened(made);
    clock_.advance(1s);
    if (i >= 5) ASSERT_EQ(close(id).value(), 1U);
  }
  EXPECT_THAT(ids({}), ElementsAre(6, 5, 4, 3, 2, 1));
  EXPECT_THAT(ids({.which = Which::kOpen}), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(ids({.which = Which::kClosed}), ElementsAre(6, 5));
  EXPECT_THAT(ids({.severity = Severity::kCritical}), ElementsAre(5, 3, 1));
  EXPECT_THAT(ids({.monitor = MonitorId{17}}), ElementsAre(2, 1));
  EXPECT_THAT(ids({.monitor = MonitorId{0}}), ElementsAre(6, 5, 4, 3));
  EXPECT_THAT(ids({.from = begin + 1s, .to = begin + 3s}), ElementsAre(3, 2)) << "to is exclusive";
  EXPECT_THAT(ids({.which = Which::kOpen, .severity = Severity::kInfo, .monitor = MonitorId{17}}), ElementsAre(2));
  auto counts = count_open_incidents(*database_);
  ASSERT_TRUE(counts.has_value()) << text_of(counts);
  EXPECT_THAT(*counts, ElementsAre(2, 0, 2, 0));
}

TEST_P(IncidentsTest, are_found_by_text_in_their_labels_whatever_case_and_signs) {
  auto made = incident(1);
  made.labels = {{"Host", "DB-1"}, {"use", "50%_!"}};
  opened(made);
  made = incident(2);
  made.labels = {{"host", "db-2"}, {"use", "50xy"}};
  opened(made);
  EXPECT_THAT(ids({.text = "HOST=db"}), ElementsAre(2, 1));
  EXPECT_THAT(ids({.text = "db-1"}), ElementsAre(1));
  EXPECT_THAT(ids({.text = "50%_"}), ElementsAre(1)) << "no wildcards";
  EXPECT_THAT(ids({.text = "!"}), ElementsAre(1));
  EXPECT_THAT(ids({.text = "' OR 1=1 --"}), IsEmpty());
}

TEST_P(IncidentsTest, pages_stay_as_they_are_while_others_are_opened) {
  for (std::uint64_t i = 1; i <= 30; ++i) opened(incident(i));
  std::vector<std::uint64_t> seen;
  IncidentQuery query{.most = 7};
  for (auto page = read_incidents(*database_, query).value(); !page.empty();
       page = read_incidents(*database_, query).value()) {
    EXPECT_LE(page.size(), 7U);
    for (const auto& stored : page) seen.push_back(stored.fingerprint.value);
    query.before_id = page.back().id.value;
    opened(incident(100 + query.before_id));
  }
  std::vector<std::uint64_t> expected;
  for (std::uint64_t i = 30; i >= 1; --i) expected.push_back(i);
  EXPECT_EQ(seen, expected);
}

TEST_P(IncidentsTest, a_page_of_large_ones_is_bounded_by_bytes) {
  std::vector<Incident> large;
  for (std::uint64_t i = 0; i < 200; ++i) {
    large.push_back(incident(i));
    large.back().evidence = std::string(16'000, 'x');
  }
  ASSERT_TRUE(open_all(large).has_value());
  auto page = read_incidents(*database_, {.most = 1000});
  ASSERT_TRUE(page.has_value()) << text_of(page);
  EXPECT_GE(page->size(), 64U);
  EXPECT_LT(page->size(), 140U);
}

TEST_P(IncidentsTest, are_purged_by_age_and_number_and_open_ones_never) {
  auto begin = clock_.wall();
  std::vector<IncidentId> all;
  for (std::uint64_t i = 1; i <= 10; ++i) {
    all.push_back(opened(incident(i)));
    clock_.advance(1s);
    if (i != 3) ASSERT_EQ(close(all.back()).value(), 1U);
  }
  EXPECT_EQ(purge(begin + 3s), 2U) << "those that ended before";
  EXPECT_THAT(ids({}), ElementsAre(10, 9, 8, 7, 6, 5, 4, 3));
  EXPECT_THAT(events(all[0]), IsEmpty());
  EXPECT_EQ(purge(WallTime(), 5), 2U);
  EXPECT_EQ(purge(WallTime::max(), 0, 3), 3U) << "no more at once than asked for";
  EXPECT_EQ(purge(WallTime::max(), 0), 2U);
  EXPECT_EQ(purge(WallTime::max(), 0), 0U);
  EXPECT_THAT(ids({}), ElementsAre(3));
  EXPECT_THAT(events(all[2]), ElementsAre("opened"));
  long long left = 0;
  database_->connection().sql << "SELECT count(*) FROM incident_events", soci::into(left);
  EXPECT_EQ(left, 1) << "events go with their incidents";
}

TEST_P(IncidentsTest, tell_what_happened_to_them) {
  auto id = opened(incident(7));
  clock_.advance(1s);
  IncidentEvent event{
      .incident = id, .kind = IncidentEventKind::kAssigned, .text = "to ada", .json = R"({"to":"ada"})"};
  ASSERT_TRUE(append(event).has_value());
  auto read = read_incident_events(*database_, id);
  ASSERT_TRUE(read.has_value()) << text_of(read);
  ASSERT_EQ(read->size(), 2U);
  event.id = (*read)[1].id;
  event.time = clock_.wall();
  event.who = "eva";
  EXPECT_EQ((*read)[1], event);
  EXPECT_GT((*read)[1].id, (*read)[0].id);
  EXPECT_EQ(read_incident_events(*database_, id, (*read)[0].id)->front(), event);
  EXPECT_THAT(read_incident_events(*database_, id, event.id).value(), IsEmpty());
  EXPECT_THAT(read_incident_events(*database_, IncidentId{4711}).value(), IsEmpty());
  EXPECT_EQ(append({.incident = IncidentId{4711}}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(append({.incident = id, .kind = IncidentEventKind::kOpened}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(append({.incident = id, .kind = IncidentEventKind::kClosed}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(append({.incident = id, .text = std::string(4097, 'x')}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(append({.incident = id, .text = std::string(4096, 'x')}).has_value());
}

TEST_P(IncidentsTest, of_too_many_events_decisions_and_notifications_go_first_and_the_opening_never) {
  auto id = opened(incident(7));
  auto add = [&](IncidentEventKind kind, const std::string& text) {
    auto done = append({.incident = id, .kind = kind, .text = text}, 5);
    ASSERT_TRUE(done.has_value()) << text_of(done);
  };
  add(IncidentEventKind::kComment, "1");
  add(IncidentEventKind::kDecision, "2");
  add(IncidentEventKind::kNotified, "3");
  add(IncidentEventKind::kComment, "4");
  EXPECT_THAT(events(id), ElementsAre("opened", "comment: 1", "decision: 2", "notified: 3", "comment: 4"));
  add(IncidentEventKind::kComment, "5");
  add(IncidentEventKind::kComment, "6");
  EXPECT_THAT(events(id), ElementsAre("opened", "comment: 1", "comment: 4", "comment: 5", "comment: 6"));
  add(IncidentEventKind::kComment, "7");
  EXPECT_THAT(events(id), ElementsAre("opened", "comment: 4", "comment: 5", "comment: 6", "comment: 7"));
}

TEST_P(IncidentsTest, many_events_are_read_in_pages) {
  auto id = opened(incident(7));
  auto done = write<void>([&](Transaction& t) -> Status {
    for (std::size_t i = 1; i < kMostIncidentEvents + 20; ++i)
      TRY_OK(append_incident_event(t, {.incident = id, .text = fmt::format("{}{}", i, std::string(4000, 'x'))}));
    return {};
  });
  ASSERT_TRUE(done.has_value()) << text_of(done);
  std::size_t all = 0;
  std::uint64_t after = 0;
  for (auto page = read_incident_events(*database_, id, after, 1000).value(); !page.empty();
       page = read_incident_events(*database_, id, after, 1000).value()) {
    EXPECT_LT(page.size(), 350U) << "about a MiB";
    if (after == 0) EXPECT_EQ(page.front().kind, IncidentEventKind::kOpened);
    all += page.size();
    after = page.back().id;
  }
  EXPECT_EQ(all, kMostIncidentEvents);
}

TEST(IncidentEventKinds, have_words_that_come_back) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < kIncidentEventKinds; ++i) {
    auto kind = static_cast<IncidentEventKind>(i);
    EXPECT_EQ(parse_incident_event_kind(to_string(kind)), kind);
    words.insert(to_string(kind));
  }
  EXPECT_EQ(words.size(), kIncidentEventKinds);
  EXPECT_EQ(parse_incident_event_kind(""), std::nullopt);
}

}  // namespace
}  // namespace holter::catalog
