#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/definitions.h"

namespace holter::api {

/// Definitions for tests: remembers what it was asked, and answers with what it was given, every field filled in.
class FakeDefinitions final : public Definitions {
 public:
  FakeDefinitions() {
    row = {.app = "ping",
           .category = "network",
           .name_en = "Ping",
           .name_zh = "PING 连通性",
           .source = DefinitionSource::kCatalog,
           .file = "definitions/network/ping.yml",
           .version = 7,
           .updated_ms = 1'764'000'000'000,
           .updated_by = "eva",
           .file_newer = true,
           .fault = "",
           .monitors = 12,
           .sets = 1};
    auto made = std::make_shared<model::Definition>();
    made->app = "ping";
    made->name = {{"en-US", "Ping"}, {"zh-CN", "PING 连通性"}};
    made->help = {{"en-US", "Is it there?"}};
    model::ParamDef port{.field = "port", .name = {{"en-US", "Port"}}, .type = model::ParamType::kNumber};
    port.required = true;
    port.has_default = true;
    port.default_value = "80";
    port.range = "[0,65535]";
    model::ParamDef password{.field = "password", .type = model::ParamType::kPassword};
    password.has_default = true;
    password.default_value = "hunter2";
    model::ParamDef mode{.field = "mode", .type = model::ParamType::kRadio};
    mode.options = {{"Fast", "fast"}};
    mode.depend = {{"port", {"80", "443"}}};
    mode.limit = 20;
    mode.placeholder = "fast";
    made->params = {port, password, mode};
    model::SetDef set;
    set.name = "summary";
    set.priority = 0;
    set.protocol = "icmp";
    set.interval = std::chrono::seconds(30);
    set.fields = {{.field = "responseTime", .type = model::FieldType::kNumber, .unit = "ms"},
                  {.field = "size", .type = model::FieldType::kNumber}};
    set.units = {{"size", "B", "MB"}};
    made->sets = {set};
    definition = made;
  }

  DefinitionPage list(const DefinitionQuery& given) const override {
    query = given;
    return {1, {row}};
  }
  boost::asio::awaitable<Answered<DefinitionDetail>> find(std::string app, std::uint64_t version, MonoTime) override {
    note("find", std::move(app), version);
    if (problem) co_return *problem;
    co_return DefinitionDetail{row, definition};
  }
  boost::asio::awaitable<Answered<std::string>> text(std::string app, std::uint64_t version, MonoTime) override {
    note("text", std::move(app), version);
    if (problem) co_return *problem;
    co_return "app: ping\n";
  }
  boost::asio::awaitable<Answered<std::vector<DefinitionVersion>>> versions(std::string app, MonoTime) override {
    note("versions", std::move(app), {});
    if (problem) co_return *problem;
    co_return std::vector<DefinitionVersion>{{2, true, 1'764'000'000'000, "eva"}, {1, false, 0, "adam"}};
  }
  boost::asio::awaitable<Answered<DefinitionReport>> put(Put given, Caller) override {
    note("put", given.app, given.version);
    order = std::move(given);
    if (problem) co_return *problem;
    DefinitionReport report{.version = order.dry_run ? 0U : 8U, .monitors = 12, .in_force = true};
    report.problems.push_back(
        {define::Problem::Severity::kWarning, "text", 3, 5, "metrics[0]", "cannot use the key 'fileds'"});
    co_return report;
  }
  boost::asio::awaitable<Answered<DefinitionReport>> remove(std::string app, Version version, Caller) override {
    note("remove", std::move(app), version);
    if (problem) co_return *problem;
    co_return DefinitionReport{.removed = true, .pending = "no memory"};
  }
  boost::asio::awaitable<Answered<DefinitionCheck>> check(std::string app, std::string text, Caller) override {
    note("check", std::move(app), {});
    order.text = std::move(text);
    if (problem) co_return *problem;
    co_return DefinitionCheck{
        {{define::Problem::Severity::kWarning, "", 0, 0, "", "odd"}}, {{"gateway", "cannot go on"}}, 1, 12};
  }

  DefinitionRow row;
  std::shared_ptr<const model::Definition> definition;
  std::optional<Problem> problem;
  // What was asked last.
  mutable DefinitionQuery query;
  std::vector<std::string> calls;
  std::string app;
  Version version;
  Put order;

 private:
  void note(std::string call, std::string of, Version given) {
    calls.push_back(std::move(call));
    app = std::move(of);
    version = given;
  }
};

}  // namespace holter::api
