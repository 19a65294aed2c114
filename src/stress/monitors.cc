#include "stress/monitors.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace holter::stress {
namespace {

constexpr std::string_view kPing = R"(category: stress
app: ping
name: {en-US: Ping}
params:
  - {field: host, name: {en-US: Host}, type: host, required: true}
  - {field: timeout, name: {en-US: Timeout}, type: number, defaultValue: 6000}
metrics:
  - name: summary
    priority: 0
    protocol: icmp
    fields: [{field: responseTime, type: 0, unit: ms}]
    icmp: {host: ^_^host^_^, timeout: ^_^timeout^_^}
)";

constexpr std::string_view kPort = R"(category: stress
app: port
name: {en-US: TCP port}
params:
  - {field: host, name: {en-US: Host}, type: host, required: true}
  - {field: port, name: {en-US: Port}, type: number, required: true}
  - {field: timeout, name: {en-US: Timeout}, type: number, defaultValue: 6000}
metrics:
  - name: summary
    priority: 0
    protocol: telnet
    fields: [{field: responseTime, type: 0, unit: ms}]
    telnet: {host: ^_^host^_^, port: ^_^port^_^, timeout: ^_^timeout^_^}
)";

// What a page and a table of labels have in common; the sets follow.
constexpr std::string_view kHttpParams = R"(params:
  - {field: host, name: {en-US: Host}, type: host, required: true}
  - {field: port, name: {en-US: Port}, type: number, required: true}
  - {field: uri, name: {en-US: Path}, type: text, defaultValue: /}
  - {field: timeout, name: {en-US: Timeout}, type: number, defaultValue: 6000}
metrics:
)";

constexpr std::string_view kPageSets = R"(  - name: summary
    priority: 0
    protocol: http
    fields: [{field: responseTime, type: 0, unit: ms}, {field: statusCode, type: 0}, {field: keyword, type: 0}]
    http:
      {host: ^_^host^_^, port: ^_^port^_^, url: ^_^uri^_^, timeout: ^_^timeout^_^, method: GET, parseType: website,
       keyword: needle}
)";

constexpr std::string_view kLabelSets = R"(  - name: items
    priority: 0
    protocol: http
    fields: [{field: name, type: 1, label: true}, {field: value, type: 0}, {field: text, type: 1}]
    http:
      {host: ^_^host^_^, port: ^_^port^_^, url: ^_^uri^_^, timeout: ^_^timeout^_^, method: GET, parseType: default}
)";

Status write_file(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return Error(ErrorCode::kIo, fmt::format("cannot write {}", path));
  return {};
}

}  // namespace

Monitors& Monitors::pings(std::size_t from, std::size_t count, std::string_view interval) {
  for (auto i = from; i < from + count; ++i)
    text_ +=
        fmt::format("  - {{name: p-{}, app: ping, interval: {}, params: {{host: 127.{}.{}.{}}}, criticality: {}}}\n", i,
                    interval, 16 + (i >> 16) % 200, (i >> 8) & 255, i & 255, i % 2 == 0 ? "low" : "normal");
  count_ += count;
  return *this;
}

Monitors& Monitors::check(std::string_view name, std::string_view app, std::string_view host, std::uint16_t port,
                          std::string_view path, std::string_view interval, std::string_view criticality,
                          int timeout_ms) {
  text_ += fmt::format(
      "  - {{name: {}, app: {}, interval: {}, criticality: {}, params: {{host: {}, port: {}, timeout: {}{}}}}}\n", name,
      app, interval, criticality, host, port, timeout_ms, path.empty() ? "" : fmt::format(", uri: {}", path));
  ++count_;
  return *this;
}

Monitors& Monitors::append(const Monitors& other) {
  text_ += other.text_;
  count_ += other.count_;
  return *this;
}

Status Monitors::write(const std::string& path) const {
  auto fresh = path + ".new";
  TRY_OK(write_file(fresh, count_ == 0 ? "monitors: []\n" : "monitors:\n" + text_));
  std::error_code failure;
  std::filesystem::rename(fresh, path, failure);
  if (failure) return Error(ErrorCode::kIo, fmt::format("cannot write {}: {}", path, failure.message()));
  return {};
}

Status write_definitions(const std::string& directory) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  auto http = [](std::string_view app, std::string_view sets) {
    return fmt::format("category: stress\napp: {0}\nname: {{en-US: {0}}}\n{1}{2}", app, kHttpParams, sets);
  };
  TRY_OK(write_file(directory + "/ping.yml", kPing));
  TRY_OK(write_file(directory + "/port.yml", kPort));
  TRY_OK(write_file(directory + "/page.yml", http("page", kPageSets)));
  return write_file(directory + "/labels.yml", http("labels", kLabelSets));
}

}  // namespace holter::stress
