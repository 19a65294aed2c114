#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "collect/plugin.h"
#include "testing/probe_harness.h"
#include "testing/snmp_agent.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& snmp_plugin();

/// A probe of this protocol, and what it found.
class SnmpProbeTest : public testing::ProbeTest {
 protected:
  using Settings = std::map<std::string, std::string>;
  using Oids = std::vector<std::pair<std::string, std::string>>;

  Result<std::unique_ptr<Probe>> make(std::uint16_t port, const Settings& settings, const Oids& oids) {
    model::Node block{.kind = model::Node::Kind::kMap}, map{.kind = model::Node::Kind::kMap};
    auto put = [](model::Node& into, const std::string& key, model::Node value) {
      into.keys.push_back(key);
      into.items.push_back(std::move(value));
    };
    Settings all{{"host", "127.0.0.1"}, {"port", std::to_string(port)}, {"timeout", "5000"}};
    for (const auto& [key, value] : settings) all[key] = value;
    for (const auto& [key, value] : all) put(block, key, model::Node::of_text(value));
    aliases_.clear();
    for (const auto& [alias, oid] : oids) {
      aliases_.push_back(alias);
      if (!oid.empty()) put(map, alias, model::Node::of_text(oid));
    }
    put(block, "oids", std::move(map));
    return snmp_plugin().compile({"snmp_host", "system", aliases_, block});
  }
  std::unique_ptr<OneShot> ask(std::uint16_t port, const Settings& settings, const Oids& oids) {
    auto probe = make(port, settings, oids);
    EXPECT_TRUE(probe) << probe.error().message();
    return run(**probe, aliases_.size());
  }
  /// "a|b|null" a row.
  static std::vector<std::string> rows(const OneShot& shot) {
    std::vector<std::string> lines;
    for (std::size_t r = 0; r < shot.table().rows(); ++r) {
      std::string line;
      for (std::size_t c = 0; c < shot.table().columns(); ++c) {
        const auto& cell = shot.table().at(r, c);
        if (c > 0) line += '|';
        switch (cell.kind) {
          case RawTable::Kind::kNull:
            line += "null";
            break;
          case RawTable::Kind::kInteger:
            line += std::to_string(cell.integer);
            break;
          case RawTable::Kind::kDouble:
            line += fmt::format("{}", cell.number);
            break;
          case RawTable::Kind::kText:
            line += shot.table().text(cell);
        }
      }
      lines.push_back(line);
    }
    return lines;
  }
  /// A device with a table of three columns 1.3.6.1.4.1.9.1.<column>.<row>, and a name.
  static testing::SnmpDevice device(std::uint32_t count) {
    testing::SnmpDevice device;
    device.put({1, 3, 6, 1, 2, 1, 1, 5, 0}, "made up");
    for (std::uint32_t column = 1; column <= 3; ++column)
      for (std::uint32_t row = 1; row <= count; ++row)
        device.put({1, 3, 6, 1, 4, 1, 9, 1, column, row}, std::int64_t{column} * 1'000'000 + row);
    device.put({1, 3, 6, 1, 4, 1, 9, 1, 10, 1}, "not of column 1");
    return device;
  }
  static Oids table_oids() {
    return {{"a", "1.3.6.1.4.1.9.1.1"}, {"b", ".1.3.6.1.4.1.9.1.2"}, {"c", "1.3.6.1.4.1.9.1.3"}};
  }

  std::vector<std::string> aliases_;
};

}  // namespace holter::collect
