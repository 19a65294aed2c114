#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "define/definitions.h"
#include "model/monitor.h"

// Not holter::import: that word is taken by the modules of C++20.
namespace holter::imports {

enum class Product : std::uint8_t { kHertzBeat, kUptimeKuma, kGatus, kBlackbox };
/// How the monitors are written. Holter reads both.
enum class Format : std::uint8_t { kYaml, kJson };

/// A file of another product, in memory.
struct Input {
  std::string name;  ///< in messages
  std::string text;
};

/// Something of the input that is not, or not as it was, in the output.
struct Finding {
  std::string file;     ///< the input's name
  std::string item;     ///< "endpoints[3] 'shop'"
  int line = 0;         ///< of the item; 0: not known
  std::string setting;  ///< empty: the whole item was left out
  std::string reason;
  std::string advice;  ///< what to do about it
};
/// "config.yml:12: endpoints[3] 'shop': not taken: <reason>; <advice>"
std::string to_string(const Finding& finding);

/// items = taken + refused.
struct Counts {
  std::size_t items = 0;
  std::size_t taken = 0;     ///< are in the output, though perhaps not with all settings
  std::size_t refused = 0;   ///< are findings
  std::size_t monitors = 0;  ///< in the output: fewer than `taken` where an item became a label of others
  std::size_t settings = 0;  ///< findings about a part of an item or of the file
  std::size_t secrets = 0;   ///< passwords, tokens and keys that stand readable in the output
  bool all_taken() const { return refused == 0 && settings == 0; }
};

struct Options {
  const define::Registry* definitions = nullptr;
  std::chrono::milliseconds min_interval{1000};
  Format format = Format::kYaml;
  /// What is to be right of a monitor beyond its file, e.g. that a probe can be made of it. Empty: nothing.
  std::function<Status(const model::Monitor&)> check;
  /// Takes what was not taken, while the input is read.
  std::function<void(const Finding&)> report;
  /// The files that a Prometheus configuration names for targets (file_sd_configs); `pattern` as it stands there.
  std::function<Result<std::vector<Input>>(const std::string& pattern)> files;
};

constexpr std::size_t kMaxInput = 64 << 20;  ///< bytes of an input file, and of the output

struct Imported {
  std::string text;  ///< a file of monitors, good for `holter check`
  Counts counts;
};

/// Makes monitors of the export or configuration of another product. Every item of the input ends up in the text or in
/// a finding. `inputs`: one; of kBlackbox one or two, the configuration of the exporter and that of Prometheus, in any
/// order. Errors: kInvalidArgument when an input cannot be read as what it should be, with the line where one is known.
Result<Imported> import_monitors(Product product, const std::vector<Input>& inputs, const Options& options);

/// Reads a file whole. Errors: kNotFound, kInvalidArgument (no regular file), kTooLarge, kIo.
Result<Input> read_input(const std::string& path);
/// The files of a pattern whose last part may have '*', in name order; a relative one is below `directory`. At most
/// 1,000, and kMaxInput together. Errors: those of read_input().
Result<std::vector<Input>> read_inputs(const std::string& directory, const std::string& pattern);

}  // namespace holter::imports
