#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "collect/protocols/jdbc/sessions.h"
#include "testing/database_servers.h"
#include "testing/probe_harness.h"
#include "testing/scripted_peer.h"

namespace holter::collect {

const PluginInfo& jdbc_plugin();

namespace jdbc {

/// Asks one question of one server.
class JdbcTest : public testing::ProbeTest {
 protected:
  using Keys = std::vector<std::pair<std::string, std::string>>;

  Result<std::unique_ptr<Probe>> compile(const Keys& keys) {
    model::Node block = testing::block_of({testing::entry("host", "127.0.0.1"), testing::entry("timeout", "5000")});
    for (const auto& [key, value] : keys) {
      auto known = std::ranges::find(block.keys, key);
      if (known != block.keys.end()) {
        block.items[static_cast<std::size_t>(known - block.keys.begin())] = model::Node::of_text(value);
      } else {
        block.keys.push_back(key);
        block.items.push_back(model::Node::of_text(value));
      }
    }
    return jdbc_plugin().compile({"db", "set", aliases_, block});
  }
  std::unique_ptr<OneShot> ask(const Keys& keys) {
    auto probe = compile(keys);
    EXPECT_TRUE(probe) << probe.error().message();
    return run(**probe, aliases_.size());
  }
  /// Rows of the result, cells with a blank between them, "-" for null; responseTime as "ms".
  std::vector<std::string> rows(const OneShot& shot) const {
    std::vector<std::string> out;
    const auto& table = shot.table();
    for (std::size_t row = 0; row < table.rows(); ++row) {
      std::string line;
      for (std::size_t i = 0; i < table.columns(); ++i) {
        const auto& cell = table.at(row, i);
        line += i > 0 ? " " : "";
        line += cell.kind == RawTable::Kind::kText     ? std::string(table.text(cell))
                : cell.kind == RawTable::Kind::kDouble ? "ms"
                                                       : "-";
      }
      out.push_back(line);
    }
    return out;
  }
  static std::size_t descriptors() {
    auto all = std::filesystem::directory_iterator("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
  net::SessionPoolStats stats(Driver driver) { return Sessions::of(services_).pool(driver).stats(); }

  std::vector<std::string> aliases_{"a"};
};

/// Against a real server that `kStart` starts for all tests of the suite, with a certificate for db.example.
template <auto kStart>
class JdbcServerTest : public JdbcTest {
 protected:
  static void SetUpTestSuite() {
    authority_ = new testing::Certificate(testing::make_certificate({.common_name = "ca", .authority = true}));
    certificate_ = new testing::Certificate(
        testing::make_certificate({.common_name = "db.example", .alternative_names = "DNS:db.example"}, authority_));
    server_ = kStart(certificate_).release();
  }
  static void TearDownTestSuite() {
    delete std::exchange(server_, nullptr);
    delete std::exchange(certificate_, nullptr);
    delete std::exchange(authority_, nullptr);
  }
  void SetUp() override { ASSERT_TRUE(server_->running()) << "the server did not start: tools/setup.sh installs it"; }

  static inline testing::RealServer* server_ = nullptr;
  static inline testing::Certificate* authority_ = nullptr;
  static inline testing::Certificate* certificate_ = nullptr;
};

}  // namespace jdbc
}  // namespace holter::collect
