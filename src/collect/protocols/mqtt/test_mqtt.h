#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "collect/protocols/mqtt/packet.h"
#include "testing/stream_faults.h"
#include "testing/texts_block.h"

namespace holter::collect {

const PluginInfo& mqtt_plugin();

namespace mqtt {

class MqttTestBase : public testing::StreamFaultsTest {
 protected:
  using Keys = testing::Texts;

  /// For a broker on 127.0.0.1 with a topic and a message; `more` adds and replaces.
  Result<std::unique_ptr<Probe>> compile(std::uint16_t port, const Keys& more = {}) {
    Keys keys{{"host", "127.0.0.1"},    {"port", std::to_string(port)}, {"timeout", "5000"},
              {"topic", "holter/test"}, {"testMessage", "hello"},       {"protocol", "MQTT"}};
    auto block = testing::block_of_texts(std::move(keys), more);
    return mqtt_plugin().compile({"mqtt", "summary", aliases_, block});
  }
  std::unique_ptr<Probe> make(std::uint16_t port, const Keys& more = {}) { return compile(port, more).value(); }

  static std::string text(const OneShot& shot, std::size_t column) {
    const auto& cell = shot.table().at(0, column);
    return cell.kind == RawTable::Kind::kDouble ? "ms" : std::string(shot.table().text(cell));
  }
  static std::vector<std::string> texts(const OneShot& shot) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < shot.table().columns(); ++i) all.push_back(text(shot, i));
    return all;
  }

  const std::vector<std::string> aliases_{"canSubscribe", "canPublish", "canReceive", "canUnSubscribe", "responseTime"};
};

}  // namespace mqtt
}  // namespace holter::collect
