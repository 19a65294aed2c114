#include "app/tar_gz.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "testing/fake_root.h"

namespace holter::app {
namespace {

namespace fs = std::filesystem;

class TarGzTest : public ::testing::Test {
 protected:
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(root_.path()), fs::directory_iterator()));
  }
  testing::FakeRoot root_;
  const std::string path_ = root_.path() + "x.tar.gz";
};

TEST_F(TarGzTest, has_its_name_only_once_it_is_complete) {
  {
    auto file = TarGz::create(path_);
    ASSERT_TRUE(file.has_value()) << file.error().message();
    ASSERT_TRUE(file->add("a/b.txt", "text", WallTime(seconds(1))).has_value());
    EXPECT_FALSE(fs::exists(path_));
    ASSERT_TRUE(file->finish().has_value());
    EXPECT_TRUE(fs::exists(path_));
  }
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms(0600));
}

TEST_F(TarGzTest, that_is_not_finished_leaves_nothing_behind) {
  {
    auto file = TarGz::create(path_);
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE(file->add("a", std::string(1 << 20, 'x'), WallTime()).has_value());
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(TarGzTest, replaces_no_file) {
  root_.put("x.tar.gz", "mine");
  auto there = TarGz::create(path_);
  ASSERT_FALSE(there.has_value());
  EXPECT_EQ(there.error().code(), ErrorCode::kConflict);
  root_.remove("x.tar.gz");
  auto file = TarGz::create(path_);
  ASSERT_TRUE(file.has_value());
  root_.put("x.tar.gz", "mine, meanwhile");
  EXPECT_EQ(file->finish().error().code(), ErrorCode::kConflict);
  EXPECT_EQ(fs::file_size(path_), 15U);
}

TEST_F(TarGzTest, tells_why_it_cannot_be_written) {
  auto none = TarGz::create(root_.path() + "none/x.tar.gz");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code(), ErrorCode::kIo);
  EXPECT_EQ(none.error().message(), "cannot write " + root_.path() + "none/x.tar.gz: No such file or directory");
}

}  // namespace
}  // namespace holter::app
