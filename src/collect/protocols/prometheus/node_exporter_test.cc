#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "testing/probe_harness.h"
#include "testing/real_server.h"

namespace holter::collect {

const PluginInfo& prometheus_plugin();

namespace {

using testing::entry;
using NodeExporterTest = testing::ProbeTest;

TEST_F(NodeExporterTest, finds_all_that_node_exporter_tells) {
  testing::RealServer server("/usr/bin/prometheus-node-exporter", [](const std::string&, std::uint16_t port) {
    return std::vector<std::string>{fmt::format("--web.listen-address=127.0.0.1:{}", port)};
  });
  ASSERT_TRUE(server.running()) << "prometheus-node-exporter is not installed: tools/setup.sh installs it";
  const std::vector<std::string> none;
  auto block = testing::block_of({entry("host", "127.0.0.1"), entry("port", std::to_string(server.port())),
                                  entry("path", "/metrics"), entry("timeout", "30000")});
  auto probe = prometheus_plugin().compile({"prometheus", "metrics", none, block}).value();
  auto shot = run(*probe, 0);
  ASSERT_EQ(shot->code(), model::ResultCode::kSuccess) << shot->message();
  EXPECT_GT(shot->parts().size(), 100);
  auto part = std::ranges::find(shot->parts(), "node_cpu_seconds_total", &OneShot::Part::set);
  ASSERT_NE(part, shot->parts().end());
  ASSERT_EQ(part->layout.fields().size(), 3);
  EXPECT_EQ(part->layout.fields()[1].name, "mode");
  EXPECT_GE(part->table.rows(), 8);
}

}  // namespace
}  // namespace holter::collect
