#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "collect/pushes.h"
#include "testing/probe_harness.h"

namespace holter::collect {

const PluginInfo& push_plugin();

namespace {

using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;

class PushTest : public testing::ProbeTest {
 protected:
  PushTest() { services_.pushes = &pushes_; }
  std::unique_ptr<OneShot> check(const std::string& age = "5m") {
    const std::vector<std::string> none;
    auto block = testing::block_of({entry("job", "backup"), entry("maxAge", age)});
    probe_ = push_plugin().compile({"prometheus_push", "metrics", none, block}).value();
    return run(*probe_, 0);
  }
  memory::Budget pushed_{1 << 20};
  Pushes pushes_{clock_, pushed_.account("collect/pushes")};
  std::unique_ptr<Probe> probe_;
};

TEST_F(PushTest, each_metric_is_a_set) {
  ASSERT_TRUE(pushes_.put("backup", "backup_bytes{host=\"db1\"} 5\nbackup_ok 1\n", false));
  auto shot = check();
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_EQ(shot->parts().size(), 2U);
  EXPECT_EQ(shot->parts().front().set, "backup_bytes");
}

TEST_F(PushTest, a_job_that_is_silent_is_down) {
  EXPECT_EQ(check()->code(), ResultCode::kTimeout);
  EXPECT_THAT(check()->message(), HasSubstr("send to /api/push/prometheus/job/backup"));
  ASSERT_TRUE(pushes_.put("other", "up 1\n", false));
  EXPECT_EQ(check()->code(), ResultCode::kTimeout);
}

TEST_F(PushTest, a_push_that_is_too_old_is_down) {
  ASSERT_TRUE(pushes_.put("backup", "backup_ok 1\n", false));
  std::this_thread::sleep_for(std::chrono::milliseconds(2));  // ages are whole milliseconds
  EXPECT_EQ(check("0s")->code(), ResultCode::kTimeout);
  EXPECT_THAT(check("0s")->message(), HasSubstr("has pushed nothing for"));
}

TEST_F(PushTest, text_of_no_exporter_fails) {
  ASSERT_TRUE(pushes_.put("backup", "<html>no</html>", false));
  EXPECT_EQ(check()->code(), ResultCode::kFail);
}

TEST_F(PushTest, refuses_a_job_without_a_name_and_an_age_that_is_none) {
  const std::vector<std::string> none;
  for (auto block :
       {testing::block_of({entry("job", "")}), testing::block_of({entry("job", "a"), entry("maxAge", "old")})})
    EXPECT_FALSE(push_plugin().compile({"prometheus_push", "metrics", none, block}));
}

}  // namespace
}  // namespace holter::collect
