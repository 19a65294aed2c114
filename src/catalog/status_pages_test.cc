#include "catalog/status_pages.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StatusPagesTest : public OpenCatalogFixture {
 protected:
  template <class T>
  Result<T> write(const std::function<Result<T>(Transaction&)>& work) {
    return database_->write<T>("eva", work);
  }
  Result<StatusPage> create(const StatusPage& page) {
    return write<StatusPage>([&](Transaction& t) { return create_status_page(t, page); });
  }
  Result<StatusPage> update(const StatusPage& page) {
    return database_->write<StatusPage>("ada", [&](Transaction& t) { return update_status_page(t, page); });
  }
  Status remove(StatusPageId id, std::optional<std::uint64_t> version = {}) {
    return write<void>([&](Transaction& t) { return delete_status_page(t, id, version); });
  }
  StatusAnnouncement incident(StatusPageId page, std::string title = "Slow") {
    return {.page = page,
            .title = std::move(title),
            .kind = "incident",
            .state = "investigating",
            .impact = "minor",
            .components = {"web", "db"},
            .starts = clock_.wall()};
  }
  Result<StatusAnnouncement> announce(const StatusAnnouncement& announcement) {
    return write<StatusAnnouncement>([&](Transaction& t) { return create_status_announcement(t, announcement); });
  }
  Result<StatusAnnouncement> change(const StatusAnnouncement& announcement) {
    return write<StatusAnnouncement>([&](Transaction& t) { return update_status_announcement(t, announcement); });
  }
  Result<StatusUpdate> tell(StatusAnnouncementId id, const std::string& text) {
    return write<StatusUpdate>([&](Transaction& t) {
      return add_status_update(t, id, {.time = clock_.wall(), .state = "identified", .text = text});
    });
  }
};
HOLTER_ON_BOTH_ENGINES(StatusPagesTest);

TEST_P(StatusPagesTest, are_stored_found_and_changed_by_version) {
  auto made = create({.slug = "acme", .json = R"({"title":"Acme"})", .logo_type = "image/png", .logo = "iVBORw0KGgo="});
  ASSERT_TRUE(made.has_value()) << text_of(made);
  EXPECT_EQ(made->version, 1U);
  EXPECT_EQ(made->created_by, "eva");
  EXPECT_EQ(find_status_page(*database_, "acme").value(), *made);
  clock_.advance(1s);
  auto changed = *made;
  changed.slug = "acme-2";
  changed.json = "{}";
  changed.logo.clear();
  changed.logo_type.clear();
  auto stored = update(changed);
  ASSERT_TRUE(stored.has_value()) << text_of(stored);
  changed.version = 2;
  changed.updated = clock_.wall();
  changed.updated_by = "ada";
  EXPECT_EQ(*stored, changed);
  EXPECT_EQ(find_status_page(*database_, "acme").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(text_of(update(*made)),
            "conflict: cannot change the status page 'acme': it is version 2 now, and version 1 was to be changed");
  EXPECT_EQ(remove(made->id, 1).error().code(), ErrorCode::kConflict);
  EXPECT_TRUE(remove(made->id, 2).has_value());
  EXPECT_EQ(remove(made->id).error().code(), ErrorCode::kNotFound);
}

TEST_P(StatusPagesTest, have_addresses_of_their_own) {
  auto first = create({.slug = "a", .json = "{}"});
  auto second = create({.slug = "b", .json = "{}"});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(create({.slug = "a", .json = "{}"}).error().code(), ErrorCode::kConflict);
  second->slug = "a";
  EXPECT_EQ(update(*second).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(create({.slug = "", .json = "{}"}).error().code(), ErrorCode::kInvalidArgument);
}

TEST_P(StatusPagesTest, are_bounded_in_number_and_bytes) {
  EXPECT_EQ(create({.slug = "a", .json = std::string(kMostStatusPageJson + 1, 'x')}).error().code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(create({.slug = "a", .json = "{}", .logo = std::string(kMostStatusLogo + 1, 'A')}).error().code(),
            ErrorCode::kInvalidArgument);
  auto all = write<void>([](Transaction& t) -> Status {
    for (std::size_t i = 0; i < kMostStatusPages; ++i)
      TRY_OK(create_status_page(t, {.slug = fmt::format("p{}", i), .json = "{}"}));
    return {};
  });
  ASSERT_TRUE(all.has_value()) << text_of(all);
  auto more = create({.slug = "one-more", .json = "{}"});
  EXPECT_EQ(more.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(more.error().message(), HasSubstr("there are 100 already"));
}

TEST_P(StatusPagesTest, are_read_in_pieces_without_their_logos) {
  for (int i = 0; i < 11; ++i)
    ASSERT_TRUE(create({.slug = fmt::format("p{}", i), .json = "{}", .logo_type = "image/png", .logo = "AAAA"}));
  std::vector<std::string> slugs;
  StatusPageId after;
  for (;;) {
    auto piece = read_status_pages(*database_, after, 4).value();
    if (piece.empty()) break;
    EXPECT_LE(piece.size(), 4U);
    for (const auto& page : piece) {
      slugs.push_back(page.slug);
      EXPECT_EQ(page.logo, "");
      EXPECT_EQ(page.logo_type, "image/png");
    }
    after = piece.back().id;
  }
  EXPECT_EQ(slugs.size(), 11U);
  EXPECT_EQ(slugs.front(), "p0");
  EXPECT_EQ(slugs.back(), "p10");
}

TEST_P(StatusPagesTest, announcements_are_stored_found_and_changed_by_version) {
  auto page = create({.slug = "acme", .json = "{}"}).value();
  auto other = create({.slug = "other", .json = "{}"}).value();
  auto made = announce(incident(page.id));
  ASSERT_TRUE(made.has_value()) << text_of(made);
  EXPECT_EQ(find_status_announcement(*database_, page.id, made->id).value(), *made);
  EXPECT_THAT(made->components, ElementsAre("web", "db"));
  EXPECT_EQ(find_status_announcement(*database_, other.id, made->id).error().code(), ErrorCode::kNotFound);
  auto changed = *made;
  changed.state = "resolved";
  changed.ends = clock_.wall() + 1h;
  changed.components.clear();
  auto stored = change(changed);
  ASSERT_TRUE(stored.has_value()) << text_of(stored);
  EXPECT_EQ(stored->version, 2U);
  EXPECT_EQ(stored->ends, changed.ends);
  EXPECT_TRUE(stored->components.empty());
  EXPECT_EQ(change(*made).error().code(), ErrorCode::kConflict);
  changed.page = other.id;
  EXPECT_EQ(change(changed).error().code(), ErrorCode::kNotFound);
  auto remove_of = [&](StatusPageId of) {
    return write<void>([&](Transaction& t) { return delete_status_announcement(t, of, made->id, 2); });
  };
  EXPECT_EQ(remove_of(other.id).error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(remove_of(page.id).has_value());
}

TEST_P(StatusPagesTest, announcements_are_of_the_words_that_there_are) {
  auto page = create({.slug = "acme", .json = "{}"}).value();
  auto wrong = incident(page.id);
  wrong.state = "on fire";
  EXPECT_FALSE(announce(wrong).has_value());
  wrong = incident(page.id);
  wrong.components = {"a,b"};
  EXPECT_EQ(announce(wrong).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(announce(incident({page.id.value + 1})).error().code(), ErrorCode::kNotFound);
}

TEST_P(StatusPagesTest, announcements_are_read_newest_first_and_the_current_ones_alone) {
  auto page = create({.slug = "acme", .json = "{}"}).value();
  std::vector<StatusAnnouncement> all;
  for (int i = 0; i < 5; ++i) all.push_back(announce(incident(page.id, fmt::format("a{}", i))).value());
  all[1].state = "resolved";
  ASSERT_TRUE(change(all[1]));
  auto titles = [&](const StatusAnnouncementQuery& query) {
    std::vector<std::string> found;
    for (const auto& each : read_status_announcements(*database_, page.id, query).value()) found.push_back(each.title);
    return found;
  };
  EXPECT_THAT(titles({}), ElementsAre("a4", "a3", "a2", "a1", "a0"));
  EXPECT_THAT(titles({.before = all[3].id, .most = 2}), ElementsAre("a2", "a1"));
  EXPECT_THAT(titles({.current_since = clock_.wall() + 1s}), ElementsAre("a4", "a3", "a2", "a0"));
  EXPECT_THAT(titles({.current_since = clock_.wall()}), ElementsAre("a4", "a3", "a2", "a1", "a0"));
}

TEST_P(StatusPagesTest, updates_are_added_and_go_with_their_announcement_and_page) {
  auto page = create({.slug = "acme", .json = "{}"}).value();
  auto made = announce(incident(page.id)).value();
  auto first = tell(made.id, "we look");
  ASSERT_TRUE(first.has_value()) << text_of(first);
  clock_.advance(1s);
  auto second = tell(made.id, "it was the disk").value();
  EXPECT_EQ(second.who, "eva");
  EXPECT_THAT(read_status_updates(*database_, made.id).value(), ElementsAre(second, *first));
  EXPECT_THAT(read_status_updates(*database_, made.id, 1).value(), ElementsAre(second));
  EXPECT_EQ(tell(made.id, std::string(kMostStatusText + 1, 'x')).error().code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(remove(page.id).has_value());
  EXPECT_TRUE(read_status_updates(*database_, made.id)->empty());
  EXPECT_TRUE(read_status_announcements(*database_, page.id, {})->empty());
  EXPECT_EQ(tell(made.id, "late").error().code(), ErrorCode::kNotFound);
}

TEST_P(StatusPagesTest, announcements_and_updates_are_so_many_at_most) {
  auto page = create({.slug = "acme", .json = "{}"}).value();
  auto made = announce(incident(page.id)).value();
  auto all = write<void>([&](Transaction& t) -> Status {
    for (std::size_t i = 0; i < kMostStatusUpdates; ++i)
      TRY_OK(add_status_update(t, made.id, {.time = clock_.wall(), .state = "identified", .text = "x"}));
    for (std::size_t i = 1; i < kMostStatusAnnouncements; ++i) TRY_OK(create_status_announcement(t, incident(page.id)));
    return {};
  });
  ASSERT_TRUE(all.has_value()) << text_of(all);
  EXPECT_EQ(tell(made.id, "one more").error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(text_of(announce(incident(page.id))), HasSubstr("has 1000 already, and no more may be: delete old ones"));
  auto other = create({.slug = "other", .json = "{}"}).value();
  EXPECT_TRUE(announce(incident(other.id)).has_value()) << "each page has its own";
}

}  // namespace
}  // namespace holter::catalog
