#include "catalog/alert_objects.h"

#include <set>

#include <gmock/gmock.h>

#include "catalog/monitors.h"
#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Kind = AlertObjectKind;

class AlertObjectsTest : public OpenCatalogFixture {
 protected:
  template <class T>
  Result<T> write(const std::function<Result<T>(Transaction&)>& work) {
    return database_->write<T>("eva", work);
  }
  static AlertObject object(Kind kind, const std::string& name, const std::string& json = "{}") {
    AlertObject made;
    made.kind = kind;
    made.name = name;
    made.json = json;
    return made;
  }
  Result<AlertObject> create(const AlertObject& made) {
    return write<AlertObject>([&](Transaction& t) { return create_alert_object(t, made); });
  }
  Result<AlertObject> update(const AlertObject& changed) {
    return database_->write<AlertObject>("ada", [&](Transaction& t) { return update_alert_object(t, changed); });
  }
  Status remove(Kind kind, AlertObjectId id, std::optional<std::uint64_t> version = {}) {
    return write<void>([&](Transaction& t) { return delete_alert_object(t, kind, id, version); });
  }
};
HOLTER_ON_BOTH_ENGINES(AlertObjectsTest);

TEST_P(AlertObjectsTest, are_stored_found_and_changed_by_version) {
  auto made = create(object(Kind::kRule, "disk full", R"({"expr":"usage > 90"})"));
  ASSERT_TRUE(made.has_value()) << text_of(made);
  EXPECT_EQ(made->version, 1U);
  EXPECT_EQ(made->created, clock_.wall());
  EXPECT_EQ(made->created_by, "eva");
  EXPECT_EQ(find_alert_object(*database_, Kind::kRule, made->id).value(), *made);
  EXPECT_EQ(find_alert_object(*database_, Kind::kRule, "disk full").value(), *made);
  clock_.advance(1s);
  auto changed = *made;
  changed.name = "disk nearly full";
  changed.enabled = false;
  changed.json = "[]";
  auto stored = update(changed);
  ASSERT_TRUE(stored.has_value()) << text_of(stored);
  changed.version = 2;
  changed.updated = clock_.wall();
  changed.updated_by = "ada";
  EXPECT_EQ(*stored, changed);
  EXPECT_EQ(find_alert_object(*database_, Kind::kRule, made->id).value(), changed);
  EXPECT_EQ(text_of(update(*made)),
            "conflict: cannot change the rule 'disk full': it is version 2 now, and version 1 was to be changed");
  EXPECT_EQ(remove(Kind::kRule, made->id, 1).error().code(), ErrorCode::kConflict);
  EXPECT_TRUE(remove(Kind::kRule, made->id, 2).has_value());
  EXPECT_EQ(find_alert_object(*database_, Kind::kRule, made->id).error().code(), ErrorCode::kNotFound);
}

TEST_P(AlertObjectsTest, of_another_kind_are_others) {
  auto rule = create(object(Kind::kRule, "x")).value();
  auto silence = create(object(Kind::kSilence, "x")).value();
  EXPECT_NE(rule.id, silence.id);
  EXPECT_EQ(find_alert_object(*database_, Kind::kReceiver, rule.id).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(remove(Kind::kSilence, rule.id).error().code(), ErrorCode::kNotFound);
  rule.kind = Kind::kTemplate;
  EXPECT_EQ(update(rule).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(count_alert_objects(*database_, Kind::kRule).value(), 1U);
  EXPECT_EQ(count_alert_objects(*database_, Kind::kTemplate).value(), 0U);
}

TEST_P(AlertObjectsTest, of_one_kind_have_names_of_their_own) {
  ASSERT_TRUE(create(object(Kind::kRule, "x")).has_value());
  auto other = create(object(Kind::kRule, "X"));
  ASSERT_TRUE(other.has_value()) << "case differs";
  EXPECT_EQ(create(object(Kind::kRule, "x")).error().code(), ErrorCode::kConflict);
  other->name = "x";
  EXPECT_EQ(update(*other).error().code(), ErrorCode::kConflict);
}

TEST_P(AlertObjectsTest, ids_are_never_given_again) {
  auto first = create(object(Kind::kRule, "x")).value();
  ASSERT_TRUE(remove(Kind::kRule, first.id).has_value());
  EXPECT_GT(create(object(Kind::kRule, "x"))->id, first.id);
  EXPECT_EQ(update(first).error().code(), ErrorCode::kNotFound);
}

TEST_P(AlertObjectsTest, are_so_many_of_a_kind_at_most) {
  auto route = create(object(Kind::kRoute, "routes"));
  ASSERT_TRUE(route.has_value()) << text_of(route);
  auto second = create(object(Kind::kRoute, "others"));
  EXPECT_EQ(second.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(second.error().message(), HasSubstr("there are 1 already"));
  EXPECT_TRUE(update(*route).has_value());
  auto all = write<void>([](Transaction& t) -> Status {
    for (std::size_t i = 0; i < 1000; ++i)
      TRY_OK(create_alert_object(t, object(Kind::kReceiver, fmt::format("r{}", i))));
    return {};
  });
  ASSERT_TRUE(all.has_value()) << text_of(all);
  EXPECT_EQ(create(object(Kind::kReceiver, "one more")).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(create(object(Kind::kRule, "another kind")).has_value());
}

TEST_P(AlertObjectsTest, documents_are_as_long_as_the_bound_at_most) {
  auto made = create(object(Kind::kTemplate, "t", std::string(kMostAlertObjectJson, 'x')));
  ASSERT_TRUE(made.has_value()) << text_of(made);
  EXPECT_EQ(find_alert_object(*database_, Kind::kTemplate, "t")->json.size(), kMostAlertObjectJson);
  made->json += 'x';
  EXPECT_EQ(update(*made).error().code(), ErrorCode::kInvalidArgument);
}

TEST_P(AlertObjectsTest, hostile_texts_are_only_texts) {
  const std::string evil = "x'); DELETE FROM alert_objects; -- :kind $1 \"\\ \xf0\x9f\x94\xa5";
  auto made = create(object(Kind::kRule, evil, evil + "\n\x01"));
  ASSERT_TRUE(made.has_value()) << text_of(made);
  EXPECT_EQ(find_alert_object(*database_, Kind::kRule, evil).value(), *made);
  for (const std::string& bad : {std::string("a\0b", 3), std::string("\xff"), std::string("\xf0\x9f\x94")}) {
    EXPECT_EQ(create(object(Kind::kRule, bad)).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(create(object(Kind::kRule, "y", bad)).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(find_alert_object(*database_, Kind::kRule, bad).error().code(), ErrorCode::kInvalidArgument);
  }
  for (const char* bad : {"", " a", "a\n"})
    EXPECT_EQ(create(object(Kind::kRule, bad)).error().code(), ErrorCode::kInvalidArgument) << bad;
  AlertObjectId huge{~0ULL};
  EXPECT_EQ(find_alert_object(*database_, Kind::kRule, huge).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(remove(Kind::kRule, huge).error().code(), ErrorCode::kNotFound);
}

TEST_P(AlertObjectsTest, pages_stay_as_they_are_while_others_are_added_and_deleted) {
  std::vector<AlertObjectId> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back(create(object(Kind::kSilence, fmt::format("s{}", i)))->id);
    ASSERT_TRUE(create(object(Kind::kRule, fmt::format("r{}", i))).has_value());
  }
  std::vector<AlertObjectId> seen;
  AlertObjectId last;
  for (int turn = 0;; ++turn) {
    auto page = read_alert_objects(*database_, Kind::kSilence, last, {.objects = 9});
    ASSERT_TRUE(page.has_value()) << text_of(page);
    if (page->empty()) break;
    EXPECT_LE(page->size(), 9U);
    for (const auto& found : *page) seen.push_back(found.id);
    last = page->back().id;
    if (turn > 1) continue;
    ids.push_back(create(object(Kind::kSilence, fmt::format("new{}", turn)))->id);
    ASSERT_TRUE(remove(Kind::kSilence, ids[static_cast<std::size_t>(turn)]).has_value());  // on a page that was read
  }
  EXPECT_EQ(seen, ids);
}

TEST_P(AlertObjectsTest, a_page_of_large_ones_is_bounded_by_bytes) {
  for (int i = 0; i < 30; ++i)
    ASSERT_TRUE(create(object(Kind::kRule, fmt::format("r{}", i), std::string(60'000, 'x'))).has_value());
  EXPECT_EQ(read_alert_objects(*database_, Kind::kRule, {}, {.bytes = 200'000})->size(), 4U);
  EXPECT_EQ(read_alert_objects(*database_, Kind::kRule, {}, {.bytes = 0})->size(), 1U) << "else it would not go on";
  EXPECT_EQ(read_alert_objects(*database_, Kind::kRule, {}, {})->size(), 18U);
}

TEST_P(AlertObjectsTest, secrets_of_receivers_are_sealed_for_the_id_and_counted) {
  EXPECT_FALSE(has_sealed_params(*database_).value());
  auto seal = [](AlertObject& made) -> Status {
    made.json = fmt::format(R"({{"password":"sealed:v1.{}"}})", made.id.value);
    return {};
  };
  auto made =
      write<AlertObject>([&](Transaction& t) { return create_alert_object(t, object(Kind::kReceiver, "mail"), seal); });
  ASSERT_TRUE(made.has_value()) << text_of(made);
  EXPECT_EQ(made->json, fmt::format(R"({{"password":"sealed:v1.{}"}})", made->id.value));
  EXPECT_TRUE(has_sealed_params(*database_).value());
  made->json = "{}";
  ASSERT_TRUE(update(*made).has_value());
  EXPECT_FALSE(has_sealed_params(*database_).value());
  EXPECT_EQ(create(object(Kind::kReceiver, "x", R"(["sealed:v1.secret"])")).error().code(),
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(create(object(Kind::kTemplate, "x", R"(["sealed:v1.secret"])")).has_value()) << "no secret, a text";
  EXPECT_FALSE(has_sealed_params(*database_).value());
}

TEST_P(AlertObjectsTest, what_completes_a_new_one_may_end_it) {
  auto failed = write<AlertObject>([](Transaction& t) {
    return create_alert_object(t, object(Kind::kReceiver, "mail"),
                               [](AlertObject&) -> Status { return Error(ErrorCode::kTooLarge, "cannot seal"); });
  });
  EXPECT_EQ(failed.error().code(), ErrorCode::kTooLarge);
  EXPECT_EQ(count_alert_objects(*database_, Kind::kReceiver).value(), 0U);
}

TEST(AlertObjectKinds, have_words_that_come_back) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < kAlertObjectKinds; ++i) {
    auto kind = static_cast<Kind>(i);
    EXPECT_EQ(parse_alert_object_kind(to_string(kind)), kind);
    words.insert(to_string(kind));
  }
  EXPECT_EQ(words.size(), kAlertObjectKinds);
  EXPECT_EQ(parse_alert_object_kind("Rule"), std::nullopt);
}

}  // namespace
}  // namespace holter::catalog
