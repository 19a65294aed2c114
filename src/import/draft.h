#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "import/import.h"
#include "import/tree.h"
#include "model/definition.h"

// Inside of this folder: a monitor to be, and its way into the output or the report.
namespace holter::imports {

/// An item of the input, as messages name it.
struct Item {
  std::string what;  ///< "endpoints[3] 'shop'"
  int line = 0;
};
/// "endpoints[3] 'shop'"; the name is cut and made printable.
Item item_of(std::string_view list, std::size_t index, std::string_view name, const Tree& node);

/// A monitor to be. What its item says besides is left with a reason; told only when the monitor is taken, since
/// otherwise the whole item is.
struct Draft {
  std::string name, app;
  std::string interval;  ///< "60s"; empty: the default
  std::string cron;
  std::vector<std::pair<std::string, model::Node>> params;
  std::vector<std::pair<std::string, std::string>> labels;
  bool paused = false;
  std::vector<Finding> parts;

  /// Sets a parameter; an empty value is none.
  void set(std::string_view field, std::string value);
  void set(std::string_view field, const std::vector<std::pair<std::string, std::string>>& map);
  void set(std::string_view field, const std::vector<int>& list);
  /// A label; a second value of a key is joined to the first by a comma.
  void label(std::string key, std::string_view value);
  /// Notes a setting that does not come along.
  void leave(std::string setting, std::string reason, std::string advice);
  /// Notes all keys that nobody took.
  void leave(const Fields& fields, std::string_view prefix = {});
};

/// The element of `monitors` as it stands in the file, in YAML or JSON.
std::string render(const Draft& draft, Format format);

/// Counts items, and turns drafts into text. Every item is given to exactly one of take(), absorb() and refuse().
class Intake {
 public:
  explicit Intake(const Options& options) : options_(options) {}

  /// The input that the items come from until another is named.
  void enter(std::string file) { file_ = std::move(file); }
  const std::string& file() const { return file_; }

  /// Into the output, if the monitor is all right as Holter reads it; else refused with what is wrong. A name that is
  /// there already gets a number.
  void take(const Item& item, Draft draft);
  /// An item that is in the output, though as no monitor of its own.
  void absorb() { ++counts_.items, ++counts_.taken; }
  void refuse(const Item& item, std::string reason, std::string advice);
  /// A setting of the file that is no item.
  void aside(std::string_view setting, int line, std::string reason, std::string advice);
  /// All keys of the file that nobody took.
  void aside(const Fields& fields);

  const define::Registry& definitions() const { return *options_.definitions; }
  const Options& options() const { return options_; }
  Imported finish();

 private:
  Status checked(const Draft& draft, std::size_t& secrets) const;
  void tell(Finding finding);

  const Options& options_;
  Counts counts_;
  std::string file_, text_;
  /// Hash of each name in the output, and the number that the next of this name gets.
  boost::unordered_flat_map<std::uint64_t, unsigned> names_;
};

/// "90s" of a number of seconds, whole or not; empty when it is no positive number.
std::string seconds_text(std::string_view number);
/// Milliseconds of a duration as Go writes it ("1m30s", "1.5s", "500ms"). Errors: kInvalidArgument.
Result<std::chrono::milliseconds> go_duration(std::string_view text);

// The readers.
Status read_hertzbeat(const Input& input, Intake& intake);
Status read_uptime_kuma(const Input& input, Intake& intake);
Status read_gatus(const Input& input, Intake& intake);
Status read_blackbox(const std::vector<Input>& inputs, Intake& intake);

}  // namespace holter::imports
