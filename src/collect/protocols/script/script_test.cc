#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "collect/protocols/script/tool.h"
#include "testing/probe_harness.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& script_plugin();

namespace {

using model::ResultCode;
using ::testing::ElementsAre;
using testing::entry;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ScriptTest : public testing::ProbeTest {
 protected:
  ScriptTest() {
    services_.allow_scripts = true;
    std::string name = ::testing::TempDir() + "holter-script-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  ~ScriptTest() override { std::filesystem::remove_all(directory_); }

  struct Set {
    std::string tool = "bash", type = "oneRow", timeout = "10000", path = "", directory = "";
  };
  std::unique_ptr<Probe> make(std::string command, const Set& set) {
    auto block = testing::block_of({entry("scriptTool", set.tool), entry("parseType", set.type),
                                    entry("timeout", set.timeout), entry("scriptCommand", std::move(command)),
                                    entry("scriptPath", set.path), entry("workDirectory", set.directory)});
    return script_plugin().compile({"linux_script", "basic", aliases_, block}).value();
  }
  std::unique_ptr<Probe> make(std::string command) { return make(std::move(command), Set{}); }
  std::unique_ptr<OneShot> ask(std::string command, const Set& set) {
    return run(*make(std::move(command), set), aliases_.size());
  }
  std::unique_ptr<OneShot> ask(std::string command) { return ask(std::move(command), Set{}); }

  static std::string text(const OneShot& shot, std::size_t row = 0, std::size_t column = 0) {
    return shot.table().rows() > row ? std::string(shot.table().text(shot.table().at(row, column))) : "no row";
  }
  std::string path(std::string_view name) const { return fmt::format("{}/{}", directory_, name); }
  std::string content(std::string_view name) const {
    std::ifstream file(path(name));
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
  }
  /// Until the file has so many lines.
  std::vector<std::string> lines(std::string_view name, std::size_t count) {
    std::vector<std::string> found;
    EXPECT_TRUE(testing::run_until(context_, [&] {
      std::istringstream all(content(name));
      found.clear();
      for (std::string line; std::getline(all, line);) found.push_back(line);
      return found.size() >= count;
    }));
    return found;
  }
  /// A dead one that init has not buried yet is dead.
  static bool runs(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string all;
    std::getline(file, all);
    return !all.empty() && all.substr(all.rfind(')') + 2, 1) != "Z";
  }
  void expect_gone(const std::string& pid) {
    EXPECT_TRUE(testing::run_until(context_, [&] { return !runs(pid); })) << pid;
  }

  std::string directory_;
  std::vector<std::string> aliases_{"a", "b"};
};

TEST_F(ScriptTest, is_refused_unless_allowed) {
  services_.allow_scripts = false;
  auto shot = ask("touch " + path("done") + "; echo 1");
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), StartsWith("cannot run the command: Holter may not run commands on its own machine"));
  EXPECT_THAT(shot->message(), HasSubstr("HOLTER_SCRIPT_ALLOW=on"));
  EXPECT_FALSE(std::filesystem::exists(path("done")));
}

TEST_F(ScriptTest, reads_what_a_command_prints) {
  aliases_ = {"a", "responseTime", "b"};
  auto shot = ask("echo one; echo; echo '  two '");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0, 0), "one");
  EXPECT_EQ(text(*shot, 0, 2), "two");
  EXPECT_GT(shot->table().at(0, 1).number, 0);
  EXPECT_THAT(story(*shot), HasSubstr("/bash as process "));
  EXPECT_THAT(story(*shot), HasSubstr("exit status 0, 12 bytes of output"));
  EXPECT_EQ(shot->trace().answer, "one\n\n  two \n");
}

TEST_F(ScriptTest, splits_columns_at_runs_of_white_space) {
  auto shot = ask("printf '  B   a\\n 1    2\\n10 20\\n'", {.type = "multiRow"});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_EQ(shot->table().rows(), 2);
  EXPECT_EQ(text(*shot, 1, 0), "20");
  EXPECT_EQ(text(*shot, 1, 1), "10");
}

TEST_F(ScriptTest, runs_files_in_a_directory_with_several_tools) {
  std::ofstream(path("by.sh")) << "pwd; echo sh\n";
  auto shot = ask("", {.tool = "sh", .path = "by.sh", .directory = directory_});
  EXPECT_EQ(text(*shot, 0, 0), std::filesystem::canonical(directory_)) << shot->message();
  EXPECT_EQ(text(*shot, 0, 1), "sh");
  EXPECT_EQ(text(*ask("print(6 * 7)", {.tool = "python3"})), "42");
  EXPECT_EQ(text(*ask("print 7;", {.tool = "Perl"})), "7");
}

TEST_F(ScriptTest, says_what_is_missing) {
  auto tool = ask("1", {.tool = "cmd"});
  EXPECT_EQ(tool->code(), ResultCode::kFail);
  EXPECT_THAT(tool->message(),
              HasSubstr("cannot run the command: cmd is not on this machine (no cmd.exe, cmd in /usr/local"));
  auto directory = ask("echo 1", {.directory = "/nowhere"});
  EXPECT_EQ(directory->code(), ResultCode::kFail);
  EXPECT_EQ(directory->message(), "cannot run the command in /nowhere: No such file or directory");
  auto block = testing::block_of({entry("scriptTool", "fish"), entry("parseType", "log"), entry("scriptCommand", "x")});
  auto unknown = script_plugin().compile({"app", "set", aliases_, block});
  EXPECT_THAT(unknown.error().message(), HasSubstr("cannot use the scriptTool 'fish': there are bash, sh"));
  block = testing::block_of({entry("scriptTool", "bash"), entry("parseType", "log"), entry("scriptCommand", " \n")});
  unknown = script_plugin().compile({"app", "set", aliases_, block});
  EXPECT_THAT(unknown.error().message(), HasSubstr("neither scriptCommand nor scriptPath"));
}

TEST_F(ScriptTest, finds_the_first_of_a_tools_programs) {
  auto tool = script::find_tool("powershell").value();
  EXPECT_FALSE(script::find_program(*tool, directory_));
  std::ofstream(path("pwsh")) << "";
  std::filesystem::permissions(path("pwsh"), std::filesystem::perms::owner_all);
  EXPECT_EQ(script::find_program(*tool, "/nowhere:" + directory_).value(), path("pwsh"));
}

TEST_F(ScriptTest, a_failure_has_exit_status_and_standard_error) {
  auto shot = ask("echo no such thing >&2; exit 3");
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("printed nothing and exited with status 3: no such thing"));
  EXPECT_EQ(ask("exit 1")->code(), ResultCode::kSuccess);
  EXPECT_THAT(ask("kill -9 $$")->message(), HasSubstr("exited with status 137"));
  EXPECT_EQ(ask("echo 1; exit 4")->code(), ResultCode::kSuccess);
}

TEST_F(ScriptTest, a_command_inherits_nothing) {
  ::setenv("HOLTER_TEST_SECRET", "s3cret", 1);
  auto shot = ask("env; exec ls /proc/self/fd", {.type = "log"});
  ::unsetenv("HOLTER_TEST_SECRET");
  EXPECT_THAT(shot->trace().answer, Not(HasSubstr("s3cret")));
  EXPECT_THAT(shot->trace().answer, HasSubstr("PATH=/usr/local/sbin"));
  EXPECT_THAT(shot->trace().answer, ::testing::EndsWith("\n0\n1\n2\n3\n"));  // the last is ls's own
  EXPECT_EQ(text(*ask("cat | wc -c")), "0");
  EXPECT_EQ(text(*ask("grep SigBlk /proc/self/status")), "SigBlk:\t0000000000000000");
}

TEST_F(ScriptTest, its_whole_group_ends_with_its_time) {
  auto begun = clock_.mono();
  auto shot = ask("sleep 1000 & echo $! > " + path("pids") + "; echo $$ >> " + path("pids") + "; echo late >&2; wait",
                  {.timeout = "300"});
  EXPECT_EQ(shot->code(), ResultCode::kTimeout);
  EXPECT_EQ(shot->message(), "cannot run the command: it had not ended after 300 ms: late\\x0a");
  EXPECT_LT(clock_.mono() - begun, seconds(5));
  for (const auto& pid : lines("pids", 2)) expect_gone(pid);
}

TEST_F(ScriptTest, has_time_to_clean_up_and_is_killed_when_it_does_not) {
  auto polite = ask("trap 'echo bye > " + path("end") + "; exit' TERM; sleep 1000 & wait", {.timeout = "300"});
  EXPECT_EQ(polite->code(), ResultCode::kTimeout);
  EXPECT_EQ(content("end"), "bye\n");
  auto stubborn =
      ask("trap '' TERM; echo $$ > " + path("pid") + "; while true; do sleep 1000; done", {.timeout = "200"});
  EXPECT_EQ(stubborn->code(), ResultCode::kTimeout);
  EXPECT_THAT(story(*stubborn), HasSubstr("SIGTERM"));
  EXPECT_THAT(story(*stubborn), HasSubstr("SIGKILL"));
  expect_gone(lines("pid", 1).front());
}

TEST_F(ScriptTest, what_it_leaves_in_the_background_is_ended) {
  auto begun = clock_.mono();
  auto shot = ask("sleep 1000 & echo $!");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_LT(clock_.mono() - begun, seconds(5));  // though the pipe is open
  expect_gone(text(*shot));
}

TEST_F(ScriptTest, output_is_bounded) {
  auto before = account_.used();
  auto endless = ask("yes");
  EXPECT_EQ(endless->code(), ResultCode::kFail);
  EXPECT_EQ(endless->message(), "cannot read the output: more than 4.00 MiB");
  EXPECT_EQ(ask("head -c 3000000 /dev/zero >&2; echo 1")->code(), ResultCode::kSuccess);
  auto noise = ask("yes >&2", {.timeout = "300"});
  EXPECT_EQ(noise->code(), ResultCode::kTimeout);
  EXPECT_EQ(account_.used(), before);
}

TEST_F(ScriptTest, output_after_standard_output_was_closed_is_waited_for_without_haste) {
  auto begun = std::clock();
  auto shot = ask("echo 1; exec >&- 2>&-; sleep 0.5");
  EXPECT_EQ(text(*shot), "1");
  EXPECT_LT(std::clock() - begun, CLOCKS_PER_SEC / 5);
}

TEST_F(ScriptTest, a_full_account_is_our_own_want) {
  account_.set_limit(account_.used() + 40'000);
  auto shot = ask("head -c 100000 /dev/zero | tr '\\0' x");
  EXPECT_EQ(shot->code(), ResultCode::kUnavailable);
  EXPECT_THAT(shot->message(), StartsWith("cannot read the output: the memory account"));
}

TEST_F(ScriptTest, so_are_too_few_descriptors) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  auto probe = make("echo 1");
  (void)run(*probe, 2);  // whatever is opened once is open
  rlimit few{.rlim_cur = 1, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  auto shot = run(*probe, 2);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(shot->code(), ResultCode::kUnavailable);
  EXPECT_THAT(shot->message(), HasSubstr("Too many open files"));
}

/// Many commands at once.
class ManyScriptsTest : public ScriptTest {
 protected:
  void begin(const std::string& command, const std::string& timeout = "20000") {
    probes_.push_back(make(command, {.timeout = timeout}));
    shots_.push_back(std::make_unique<OneShot>(services_, aliases_.size(), account_));
    shots_.back()->run(*probes_.back(), [this] { ++done_; });
  }
  /// Says that it runs, and ends when there is a file "go".
  std::string waiter(int number) {
    return fmt::format("echo {} >> {}; until [ -e {} ]; do sleep 0.02; done; echo {}", number, path("log"), path("go"),
                       number);
  }
  std::vector<std::unique_ptr<Probe>> probes_;
  std::vector<std::unique_ptr<OneShot>> shots_;
  std::size_t done_ = 0;
};

TEST_F(ManyScriptsTest, eight_run_at_once_and_others_wait_in_order) {
  for (int i = 0; i < 8; ++i) begin(waiter(i));
  lines("log", 8);
  for (int i = 8; i < 12; ++i) begin(fmt::format("echo {} >> {}; echo {}", i, path("log"), i));
  begin("echo 1", "100");
  EXPECT_TRUE(testing::run_until(context_, [&] { return done_ == 1; }));
  EXPECT_EQ(shots_.back()->code(), ResultCode::kTimeout);
  EXPECT_EQ(shots_.back()->message(), "cannot run the command: 8 others run, and none has ended in time");
  EXPECT_EQ(lines("log", 8).size(), 8);
  std::ofstream(path("go")) << "";
  EXPECT_TRUE(testing::run_until(context_, [&] { return done_ == 13; }));
  for (int i = 0; i < 12; ++i) EXPECT_EQ(text(*shots_[static_cast<std::size_t>(i)]), std::to_string(i));
  EXPECT_EQ(lines("log", 12).size(), 12);
}

TEST_F(ManyScriptsTest, what_is_cancelled_is_killed_and_makes_its_place_free) {
  for (int i = 0; i < 8; ++i) begin(fmt::format("echo $$ >> {}; sleep 1000", path("pids")));
  auto pids = lines("pids", 8);
  begin("echo after");
  for (std::size_t i = 0; i < 8; ++i) probes_[i]->cancel(*shots_[i]);
  EXPECT_TRUE(testing::run_until(context_, [&] { return done_ == 9; }));
  EXPECT_EQ(text(*shots_.back()), "after") << shots_.back()->message();
  for (const auto& pid : pids) expect_gone(pid);
}

TEST_F(ScriptTest, many_rounds_leave_nothing_behind) {
  auto probe = make("echo 1");
  (void)run(*probe, 2);
  auto bytes = account_.used();
  auto descriptors = testing::open_descriptors();
  for (int i = 0; i < 200; ++i) {
    auto shot = run(*probe, 2);
    ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  }
  EXPECT_EQ(account_.used(), bytes);
  EXPECT_EQ(testing::open_descriptors(), descriptors);
  siginfo_t info{};
  EXPECT_EQ(::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), -1) << info.si_pid << " is not buried";
}

TEST_F(ScriptTest, recorded_answers_need_no_permission) {
  services_.allow_scripts = false;
  auto probe = make("echo 1");
  OneShot shot(services_, aliases_.size(), account_);
  shot.replay(*probe, "1\n2\n");
  ASSERT_EQ(shot.code(), ResultCode::kSuccess) << shot.message();
  EXPECT_EQ(text(shot, 0, 1), "2");
}

}  // namespace
}  // namespace holter::collect
