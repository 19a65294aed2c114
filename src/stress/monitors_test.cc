#include "stress/monitors.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "define/monitors.h"
#include "define/test_fixture.h"

namespace holter::stress {
namespace {

TEST(Monitors, can_be_read_by_holter_with_the_definitions_that_come_along) {
  auto directory = std::filesystem::temp_directory_path() / ("holter-monitors-test-" + std::to_string(::getpid()));
  ASSERT_TRUE(write_definitions((directory / "definitions").string()));
  Monitors monitors;
  monitors.pings(0, 300, "10s").check("c", "port", "127.0.0.1", 22, "", "1s", "critical", 900);
  Monitors more;
  more.check("w", "page", "127.0.0.1", 80, "/bomb", "2s", "low", 4000)
      .check("l", "labels", "127.0.0.1", 80, "/labels/10?t=1", "2s", "normal", 4000);
  monitors.append(more);
  EXPECT_EQ(monitors.count(), 303U);
  auto file = (directory / "monitors.yml").string();
  ASSERT_TRUE(monitors.write(file));

  define::Problems problems;
  auto registry =
      define::load_definitions((directory / "definitions").string(), define::testing::protocols(), problems);
  auto read = define::load_monitors(file, registry, std::chrono::milliseconds(1000), problems);
  EXPECT_EQ(define::testing::text_of(problems), "");
  ASSERT_EQ(read.size(), 303U);
  EXPECT_EQ(read[0].criticality, model::Criticality::kLow);
  EXPECT_EQ(read[299].name, "p-299");
  EXPECT_EQ(read[300].criticality, model::Criticality::kCritical);
  EXPECT_EQ(*read[301].param("uri"), "/bomb");

  ASSERT_TRUE(Monitors().write(file));
  EXPECT_TRUE(define::load_monitors(file, registry, std::chrono::milliseconds(1000), problems).empty());
  EXPECT_EQ(define::testing::text_of(problems), "");
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace holter::stress
