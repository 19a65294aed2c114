#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "testing/probe_harness.h"
#include "testing/scripted_peer.h"

namespace holter::collect {

const PluginInfo& http_plugin();

/// What the tests of this folder share: a probe from entries of its block.
class HttpProbeTest : public testing::ProbeTest {
 protected:
  using Peer = testing::ScriptedPeer;
  using Entries = std::vector<std::pair<std::string, std::string>>;
  using Row = std::vector<std::string>;

  Result<std::unique_ptr<Probe>> compile(const Entries& entries) {
    model::Node block{.kind = model::Node::Kind::kMap};
    for (const auto& [key, value] : entries) {
      block.keys.push_back(key);
      block.items.push_back(model::Node::of_text(value));
    }
    return http_plugin().compile({"website", set_, aliases_, block});
  }
  std::unique_ptr<OneShot> run_against(std::uint16_t port, Entries more = {}) {
    Entries entries{{"host", "127.0.0.1"}, {"port", std::to_string(port)}, {"method", "GET"}, {"url", "/"}};
    for (auto& pair : more) {
      std::erase_if(entries, [&](const auto& old) { return old.first == pair.first; });
      entries.push_back(std::move(pair));
    }
    if (std::ranges::find(entries, "parseType", &std::pair<std::string, std::string>::first) == entries.end())
      entries.emplace_back("parseType", "website");
    auto probe = compile(entries);
    EXPECT_TRUE(probe) << probe.error().message();
    return run(**probe, aliases_.size());
  }
  /// Reads a recorded answer of status 200 with this body.
  std::unique_ptr<OneShot> replay(const std::string& type, const std::string& script, const std::string& body,
                                  const std::string& headers = "") {
    auto probe = compile({{"host", "h"}, {"parseType", type}, {"parseScript", script}, {"keyword", "a"}});
    EXPECT_TRUE(probe) << probe.error().message();
    auto shot = std::make_unique<OneShot>(services_, aliases_.size(), account_);
    shot->replay(**probe, "HTTP/1.1 200 OK\n" + headers + "\n" + body);
    return shot;
  }
  /// Cells of a row as texts; "-" for null.
  Row row(OneShot& shot, std::size_t number) {
    Row out;
    auto& table = shot.table();
    for (std::size_t i = 0; i < aliases_.size(); ++i) {
      const auto& cell = table.at(number, i);
      if (cell.kind == RawTable::Kind::kNull) out.push_back("-");
      if (cell.kind == RawTable::Kind::kInteger) out.push_back(std::to_string(cell.integer));
      if (cell.kind == RawTable::Kind::kDouble) out.push_back(fmt::format("{}", cell.number));
      if (cell.kind == RawTable::Kind::kText) out.emplace_back(table.text(cell));
    }
    return out;
  }
  static Peer::Script answer(std::string text) { return {Peer::expect("\r\n\r\n"), Peer::send(std::move(text))}; }
  static std::string ok(const std::string& body, const std::string& headers = "") {
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n{}", body.size(), headers, body);
  }

  std::string set_ = "summary";
  std::vector<std::string> aliases_{"statusCode", "responseTime", "keyword"};
};

}  // namespace holter::collect
