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

  Detail find(MonitorId of, Caller) override {
    if (of != detail.row.id) co_return Problem{404, "cannot find the monitor", "id", 0};
    co_return co_await answer("find", of, {}, {});
  }
  Detail create(define::YamlNode fields, Caller) override { return answer("create", {}, {}, std::move(fields)); }
  Detail replace(MonitorId id, Version version, define::YamlNode fields, Caller) override {
    return answer("replace", id, version, std::move(fields));
  }
  Detail patch(MonitorId id, Version version, define::YamlNode fields, Caller) override {
    return answer("patch", id, version, std::move(fields));
  }
  Detail set_paused(MonitorId id, Version version, bool paused, Caller) override {
    return answer(paused ? "pause" : "resume", id, version, {});
  }
  Detail clone(MonitorId id, define::YamlNode fields, Caller) override {
    return answer("clone", id, {}, std::move(fields));
  }
  boost::asio::awaitable<Answered<void>> remove(MonitorId id, Version version, Caller) override {
    note("remove", id, version, {});
    if (problem) co_return *problem;
    co_return Answered<void>();
  }
  boost::asio::awaitable<Answered<TrialReport>> test(define::YamlNode fields, Caller) override {
    note("test", {}, {}, std::move(fields));
    if (problem) co_return *problem;
    SetResult set{"summary", 0, 1'764'000'060'000, 1250, model::ResultCode::kSuccess, "", {}};
    set.rows.push_back({"", {Cell{"responseTime", "ms", true, 0.25, "", ""}}});
    co_return TrialReport{model::State::kUp, {set}, false};
  }
  boost::asio::awaitable<Answered<AdmissionAnswer>> check(define::YamlNode fields, Caller) override {
    note("check", {}, {}, std::move(fields));
    if (problem) co_return *problem;
    AdmissionAnswer fits;
    fits.text = "fits";
    co_return fits;
  }
  boost::asio::awaitable<Answered<BulkReport>> bulk(BulkOrder given, Caller) override {
    note("bulk", {}, {}, {});
    order = std::move(given);
    if (problem) co_return *problem;
    co_return BulkReport{3, 2, 1};
  }
  boost::asio::awaitable<Answered<ImportReport>> import_all(Next next, Caller) override {
    note("import", {}, {}, {});
    ImportReport report;
    for (;; ++report.items) {
      CO_TRY(auto item, next());
      if (!item) break;
      const auto* name = item->find("name");
      imported.push_back(name != nullptr ? name->text : "");
    }
    if (fault) report.faults.push_back(*fault);
    report.faulty = report.faults.size();
    report.created = fault ? 0 : report.items;
    co_return report;
  }
  boost::asio::awaitable<Answered<std::vector<OwnedFields>>> read_page(MonitorId after, MonoTime) override {
    if (after.value >= fails_after) co_return Problem{503, "cannot reach the catalog", "", 2};
    std::vector<OwnedFields> page;
    if (after.value >= pages) co_return page;
    auto text = [](std::string value) {
      return define::YamlNode{.kind = define::YamlNode::Kind::kScalar, .text = std::move(value)};
    };
    auto map = [](std::string key, define::YamlNode value) {
      define::YamlNode node{.kind = define::YamlNode::Kind::kMap};
      node.keys.push_back({std::move(key)});
      node.items.push_back(std::move(value));
      return node;
    };
    auto tree = map("name", text("m" + std::to_string(after.value + 1)));
    tree.keys.push_back({"paused"});
    tree.items.push_back(text("true"));
    tree.keys.push_back({"params"});
    tree.items.push_back(map("password", map("set", text("true"))));
    page.push_back({{after.value + 1}, std::move(tree)});
    co_return page;
  }
  Replies& replies() override { return replies_; }

  MonitorDetail detail;  ///< what is answered
  std::optional<Problem> problem;
  // What was asked last.
  std::vector<std::string> calls;
  MonitorId id;
  Version version;
  define::YamlNode fields;
  BulkOrder order;
  std::vector<std::string> imported;
  std::optional<ImportReport::Fault> fault;
  std::uint64_t pages = 3, fails_after = 1'000;

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
