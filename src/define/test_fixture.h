#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "define/definitions.h"
#include "define/problem.h"

namespace holter::define::testing {

/// The keys of the protocols that this repository's definitions use.
inline std::vector<ProtocolKeys> protocols() {
  return {{"icmp", "icmp", {"host", "timeout"}, {"host"}, {}},
          {"telnet", "telnet", {"host", "port", "timeout", "cmd"}, {"host", "port"}, {}},
          {"http",
           "http",
           {"host", "port", "url", "method", "ssl", "timeout", "headers", "params", "payload", "authorization",
            "successCodes", "parseType", "parseScript", "keyword", "enableUrlEncoding", "verifyTls"},
           {"host"},
           {}},
          {"prometheus",
           "prometheus",
           {"host", "port", "path", "method", "ssl", "timeout", "headers", "params", "authorization", "verifyTls",
            "payload"},
           {"host"},
           {},
           true}};
}

/// Three definitions of this repository; run from its root. All of them are tested in app/, where the protocols are.
inline Registry definitions(Problems& problems) {
  Registry registry;
  for (auto app : {"ping", "port", "website"})
    registry.add(load_definition(fmt::format("definitions/service/{}.yml", app), protocols(), problems));
  return registry;
}

/// All findings, one a line.
inline std::string text_of(const Problems& problems) {
  std::string out;
  for (const auto& problem : problems.list) out += to_string(problem) + "\n";
  return out;
}

/// The fenced yaml blocks of a page.
inline std::vector<std::string> yaml_blocks(const std::string& path) {
  std::ifstream in(path);
  std::vector<std::string> blocks;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (inside && line == "```")
      inside = false;
    else if (inside)
      blocks.back() += line + "\n";
    else if ((inside = line == "```yaml"))
      blocks.emplace_back();
  }
  return blocks;
}

/// A directory that goes away in the end.
class TempDir {
 public:
  TempDir() {
    auto pattern = (std::filesystem::temp_directory_path() / "holter-define-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data()) != nullptr ? pattern : std::string();
  }
  ~TempDir() {
    std::error_code ignored;  // what stays behind in /tmp harms no test
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  /// Writes a file and returns its path.
  std::string file(std::string_view name, std::string_view text) const {
    auto path = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace holter::define::testing
