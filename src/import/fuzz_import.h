#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "define/monitors.h"
#include "import/import.h"

namespace holter::imports {

/// Applications with the parameters that the readers set, made without files.
inline define::Registry fuzz_definitions() {
  using model::ParamType;
  auto param = [](std::string field) {
    auto type = field == "host"                           ? ParamType::kHost
                : field == "port"                         ? ParamType::kNumber
                : field == "headers"                      ? ParamType::kKeyValue
                : field == "successCodes"                 ? ParamType::kArray
                : field == "password" || field == "token" ? ParamType::kPassword
                                                          : ParamType::kText;
    return model::ParamDef{.field = std::move(field), .type = type, .required = type == ParamType::kHost};
  };
  define::Registry registry;
  for (auto app : {"ping", "port", "website", "api", "api_code", "dns", "udp_port", "websocket", "smtp", "ssl_cert",
                   "mqtt", "mysql", "postgresql", "sqlserver", "mongodb", "redis"}) {
    auto definition = std::make_shared<model::Definition>();
    definition->app = app;
    for (auto field :
         {"host",     "port",     "timeout",      "uri",         "path",    "ssl",        "verifyTls",
          "keyword",  "method",   "headers",      "contentType", "payload", "authType",   "username",
          "password", "token",    "successCodes", "jsonPath",    "address", "recordType", "queryClass",
          "tcp",      "startTls", "caFile",       "database",    "topic",   "protocol",   "authenticationDatabase"})
      definition->params.push_back(param(field));
    registry.add(std::move(definition));
  }
  return registry;
}

/// Imports, and checks what holds for every input: nothing is lost, and the output is a file of monitors.
inline void fuzz_import(Product product, const std::vector<Input>& inputs) {
  static const auto kDefinitions = fuzz_definitions();
  Options options{.definitions = &kDefinitions};
  std::size_t told = 0;
  options.report = [&](const Finding& finding) {
    CHECK(!finding.item.empty() && !finding.reason.empty() && !finding.advice.empty());
    ++told;
  };
  options.files = [](const std::string&) { return std::vector<Input>{{"t.json", R"([{"targets": ["192.0.2.1"]}])"}}; };
  for (auto format : {Format::kYaml, Format::kJson}) {
    told = 0;
    options.format = format;
    auto imported = import_monitors(product, inputs, options);
    if (!imported) {
      CHECK(!imported.error().message().empty());
      return;
    }
    const auto& counts = imported->counts;
    CHECK(counts.items == counts.taken + counts.refused);
    CHECK(told == counts.refused + counts.settings);
    define::Problems problems;
    auto monitors = define::load_monitors_text("out", imported->text, kDefinitions, options.min_interval, problems);
    CHECK(problems.ok());
    CHECK(monitors.size() == counts.monitors);
  }
}

}  // namespace holter::imports
