#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/owned_monitors.h"
#include "memory/account.h"
#include "testing/fake_clock.h"

namespace holter::api {

/// Monitors for tests: remembers what it was asked, and answers with what it was given.
class FakeOwned final : public OwnedMonitors {
 public:
  using Detail = boost::asio::awaitable<Answered<MonitorDetail>>;

  Detail find(MonitorId of, MonoTime) override {
    if (of != detail.row.id) co_return Problem{404, "cannot find the monitor", "id", 0};
    co_return co_await answer("find", of, {}, {});
  }
  Detail create(define::YamlNode fields, MonoTime) override { return answer("create", {}, {}, std::move(fields)); }
  Detail replace(MonitorId id, Version version, define::YamlNode fields, MonoTime) override {
    return answer("replace", id, version, std::move(fields));
  }
  Detail patch(MonitorId id, Version version, define::YamlNode fields, MonoTime) override {
    return answer("patch", id, version, std::move(fields));
  }
  Detail set_paused(MonitorId id, Version version, bool paused, MonoTime) override {
    return answer(paused ? "pause" : "resume", id, version, {});
  }
  Detail clone(MonitorId id, define::YamlNode fields, MonoTime) override {
    return answer("clone", id, {}, std::move(fields));
  }
  boost::asio::awaitable<Answered<void>> remove(MonitorId id, Version version, MonoTime) override {
    note("remove", id, version, {});
    if (problem) co_return *problem;
    co_return Answered<void>();
  }
  boost::asio::awaitable<Answered<TrialReport>> test(define::YamlNode fields, MonoTime) override {
    note("test", {}, {}, std::move(fields));
    if (problem) co_return *problem;
    SetResult set{"summary", 0, 1'764'000'060'000, 1250, model::ResultCode::kSuccess, "", {}};
    set.rows.push_back({"", {Cell{"responseTime", "ms", true, 0.25, "", ""}}});
    co_return TrialReport{model::State::kUp, {set}, false};
  }
  boost::asio::awaitable<Answered<AdmissionAnswer>> check(define::YamlNode fields, MonoTime) override {
    note("check", {}, {}, std::move(fields));
    if (problem) co_return *problem;
    AdmissionAnswer fits;
    fits.text = "fits";
    co_return fits;
  }
  Replies& replies() override { return replies_; }

  MonitorDetail detail;  ///< what is answered
  std::optional<Problem> problem;
  // What was asked last.
  std::vector<std::string> calls;
  MonitorId id;
  Version version;
  define::YamlNode fields;

 private:
  void note(std::string call, MonitorId of, Version given, define::YamlNode tree) {
    calls.push_back(std::move(call));
    id = of;
    version = given;
    fields = std::move(tree);
  }
  Detail answer(std::string call, MonitorId of, Version given, define::YamlNode tree) {
    note(std::move(call), of, given, std::move(tree));
    if (problem) co_return *problem;
    co_return detail;
  }

  testing::FakeClock clock_;
  memory::Budget budget_{1 << 20};
  Replies replies_{clock_, budget_.account("replies")};
};

}  // namespace holter::api
