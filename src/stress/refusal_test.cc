#include "stress/refusal.h"

#include <filesystem>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace holter::stress {
namespace {

class RefusalTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(directory_); }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  /// Runs `env` with nothing to do but print, under the refusal; its exit code, -1 for a signal.
  static int run_env(const Refusal& refusal) {
    std::vector<std::string> variables{"A=1"};
    for (const auto& [name, value] : refusal.environment()) variables.push_back(name + "=" + value);
    std::vector<char*> environment;
    for (auto& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    char program[] = "/usr/bin/env";
    char* arguments[] = {program, nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", 1, 0);
    pid_t pid = 0;
    EXPECT_EQ(::posix_spawn(&pid, program, &actions, nullptr, arguments, environment.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  const std::string directory_ =
      std::filesystem::temp_directory_path() / ("holter-refusal-" + std::to_string(::getpid()));
};

#ifdef HOLTER_SANITIZED

TEST_F(RefusalTest, says_that_a_sanitizer_build_has_no_library) {
  auto refusal = Refusal::make(directory_);
  ASSERT_FALSE(refusal);
  EXPECT_THAT(refusal.error().message(), ::testing::HasSubstr("libholter-faults.so is missing"));
}

#else

TEST_F(RefusalTest, counts_allocations_of_the_named_program_and_refuses_none_when_off) {
  auto refusal = Refusal::make(directory_, "env");
  ASSERT_TRUE(refusal) << refusal.error().message();
  EXPECT_EQ(run_env(**refusal), 0);
  EXPECT_GT((*refusal)->allocations(), 0U);
  EXPECT_EQ((*refusal)->refused(), 0U);
}

TEST_F(RefusalTest, refuses_the_allocation_of_that_number) {
  auto refusal = Refusal::make(directory_, "env");
  ASSERT_TRUE(refusal);
  (*refusal)->once_at(1);
  EXPECT_GE(run_env(**refusal), 0);
  EXPECT_EQ((*refusal)->refused(), 1U);
}

TEST_F(RefusalTest, refuses_all) {
  auto refusal = Refusal::make(directory_, "env");
  ASSERT_TRUE(refusal);
  (*refusal)->all();
  EXPECT_GE(run_env(**refusal), 0);
  EXPECT_GT((*refusal)->refused(), 0U);
  EXPECT_EQ((*refusal)->refused(), (*refusal)->allocations());
}

TEST_F(RefusalTest, leaves_other_programs_alone) {
  auto refusal = Refusal::make(directory_, "holter");
  ASSERT_TRUE(refusal);
  (*refusal)->all();
  EXPECT_EQ(run_env(**refusal), 0);
  EXPECT_EQ((*refusal)->allocations(), 0U);
}

#endif

}  // namespace
}  // namespace holter::stress
