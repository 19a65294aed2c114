#include "app/events.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "testing/fake_clock.h"

namespace holter::app {
namespace {

class EventsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    directory_ = fmt::format("{}/holter-events-{}-{}", std::filesystem::temp_directory_path().string(), getpid(), name);
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string file(const char* name) const { return directory_ + "/" + name; }
  static std::string read(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::string directory_;
  holter::testing::FakeClock clock_;
  memory::Budget budget_{1 << 20};
};

TEST_F(EventsTest, ids_ascend_and_only_the_newest_are_kept) {
  Events events(clock_, budget_.account("api"), "");
  for (std::size_t i = 0; i < Events::kMost + 10; ++i) events.add("test", "info", fmt::format("event {}", i));
  auto all = events.since(0, 10'000);
  ASSERT_EQ(all.size(), Events::kMost);
  EXPECT_EQ(all.front().id, 11U);
  EXPECT_EQ(all.back().id, Events::kMost + 10);
  EXPECT_EQ(all.back().text, fmt::format("event {}", Events::kMost + 9));
}

TEST_F(EventsTest, since_begins_behind_the_id_and_ends_at_the_number_asked_for) {
  Events events(clock_, budget_.account("api"), "");
  for (int i = 0; i < 5; ++i) events.add("test", "info", "x");
  auto two = events.since(2, 2);
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].id, 3U);
  EXPECT_EQ(two[1].id, 4U);
  EXPECT_TRUE(events.since(5, 10).empty());
}

TEST_F(EventsTest, of_incidents_and_notifications_take_their_place_among_the_others) {
  Events events(clock_, budget_.account("api"), "");
  events.add("test", "info", "x");
  events.add("critical", "full", std::make_shared<const api::IncidentChange>(api::IncidentChange{.id = 11}));
  events.add("warning", "lost", std::make_shared<const api::DeadNotification>(api::DeadNotification{.id = 21}));
  auto all = events.since(0, 10);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].kind, "incident");
  EXPECT_EQ(all[1].id, 2U);
  EXPECT_EQ(all[1].incident->id, 11U);
  EXPECT_EQ(all[2].kind, "notification");
  EXPECT_EQ(all[2].notification->id, 21U);
  EXPECT_EQ(all[2].time_ms, epoch_ms(clock_.wall()));
}

TEST_F(EventsTest, texts_are_cut) {
  Events events(clock_, budget_.account("api"), "");
  events.add("test", "info", std::string(10'000, 'x'));
  EXPECT_EQ(events.since(0, 1)[0].text.size(), Events::kLongestText);
}

TEST_F(EventsTest, callback_is_told_of_each_event) {
  Events events(clock_, budget_.account("api"), "");
  int told = 0;
  events.on_event([&] { ++told; });
  events.add("test", "info", "a");
  events.alert("memory.alert", {"MemoryPressure", "warning", "b", true, 0});
  EXPECT_EQ(told, 2);
}

TEST_F(EventsTest, alerts_are_written_as_lines_of_json) {
  Events events(clock_, budget_.account("api"), file("alerts.jsonl"));
  events.alert("memory.alert", {"MemoryPressure", "warning", "level \"high\"", true, 1'000});
  events.alert("memory.alert", {"MemoryPressure", "warning", "over", false, 1'000});
  auto text = read(file("alerts.jsonl"));
  EXPECT_NE(text.find(R"("alert":"MemoryPressure","state":"firing","severity":"warning")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("text":"level \"high\"")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("state":"resolved")"), std::string::npos) << text;
  EXPECT_NE(text.find("1970-01-01T00:00:01.000Z"), std::string::npos) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
}

TEST_F(EventsTest, a_full_alert_file_is_put_aside) {
  std::ofstream(file("alerts.jsonl")) << std::string(Events::kAlertFile + 1, 'x');
  Events events(clock_, budget_.account("api"), file("alerts.jsonl"));
  events.alert("memory.alert", {"MemoryPressure", "warning", "new", true, 0});
  EXPECT_LT(read(file("alerts.jsonl")).size(), 1000U);
  EXPECT_EQ(read(file("alerts.1.jsonl")).size(), Events::kAlertFile + 1);
}

TEST_F(EventsTest, a_file_that_cannot_be_written_does_no_harm) {
  Events events(clock_, budget_.account("api"), "/nowhere/at/all/alerts.jsonl");
  events.alert("memory.alert", {"MemoryPressure", "warning", "text", true, 0});
  EXPECT_EQ(events.since(0, 10).size(), 1U);
}

}  // namespace
}  // namespace holter::app
