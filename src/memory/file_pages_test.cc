#include "memory/file_pages.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory/resident.h"

namespace holter::memory {
namespace {

constexpr std::size_t kBytes = 8 << 20;

class FilePages : public ::testing::Test {
 protected:
  FilePages() {
    std::string pattern = ::testing::TempDir() + "/file_pages_XXXXXX";
    int fd = ::mkstemp(pattern.data());
    path_ = pattern;
    std::string text(kBytes, 'x');
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(kBytes));
    map_ = static_cast<char*>(::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
    ::close(fd);
  }
  ~FilePages() override {
    ::munmap(map_, kBytes);
    std::remove(path_.c_str());
  }
  std::size_t sum() const {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < kBytes; i += 4096) sum += static_cast<unsigned char>(map_[i]);
    return sum;
  }
  std::string path_;
  char* map_ = nullptr;
};

TEST_F(FilePages, leave_the_process_and_come_back_as_they_were) {
  ASSERT_EQ(::mprotect(map_, kBytes, PROT_READ), 0);
  auto before = sum();
  auto with = resident_set()->file;
  auto dropped = drop_file_pages();
  ASSERT_TRUE(dropped) << dropped.error().message();
  EXPECT_GE(*dropped, kBytes);
  EXPECT_LT(resident_set()->file + kBytes / 2, with);
  EXPECT_EQ(sum(), before);
}

TEST_F(FilePages, that_were_written_stay) {
  map_[4096] = 'y';
  ASSERT_EQ(::mprotect(map_, kBytes, PROT_READ), 0);
  ASSERT_TRUE(drop_file_pages());
  EXPECT_EQ(map_[4096], 'y');
}

TEST_F(FilePages, that_can_be_written_stay) {
  map_[4096] = 'y';
  ASSERT_TRUE(drop_file_pages());
  EXPECT_EQ(map_[4096], 'y');
}

}  // namespace
}  // namespace holter::memory
