#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace holter::status {

/// What is wrong with a document: the member at fault ("spec.groups[0].name") and one sentence.
struct Fault {
  std::string member, text;
};
template <class T>
using Checked = std::expected<T, Fault>;

/// Reads the members of one JSON object. The first fault is kept; later reads then return their defaults. So a reader
/// reads all it needs and asks once. Lifetime: the object must outlive it.
class JsonReader {
 public:
  /// `at`: where the object stands, "" at the top. `known`: its members; others are faults.
  JsonReader(const boost::json::object& object, std::string at, std::initializer_list<std::string_view> known);

  /// A text of `least` to `most` bytes without control characters, in one line; `otherwise` where it is not given.
  std::string line(std::string_view name, std::size_t most, std::size_t least = 0, std::string_view otherwise = {});
  /// A text of several lines: tabs and line ends are allowed, too.
  std::string text(std::string_view name, std::size_t most, std::size_t least = 0);
  bool boolean(std::string_view name, bool otherwise);
  std::uint64_t number(std::string_view name, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most);
  /// RFC 3339; nothing where it is not given or null.
  std::optional<WallTime> time(std::string_view name);
  /// A list of at most `most` lines of 1 to `most_bytes` bytes.
  std::vector<std::string> lines(std::string_view name, std::size_t most, std::size_t most_bytes);
  /// A word that `parse` knows; `words` for the message.
  template <class T>
  T word(std::string_view name, T otherwise, std::optional<T> (*parse)(std::string_view), std::string_view words) {
    auto given = line(name, 80);
    if (given.empty()) return otherwise;
    if (auto value = parse(given)) return *value;
    fail(name, "cannot use '" + given + "': one of " + std::string(words) + " is needed");
    return otherwise;
  }
  /// Null where it is not given.
  const boost::json::array* array(std::string_view name, std::size_t most);
  const boost::json::object* object(std::string_view name);
  bool has(std::string_view name) { return find(name) != nullptr; }

  void fail(std::string_view name, std::string why);
  /// Takes over the fault of a reader of a member.
  void take(const JsonReader& other) {
    if (!fault_) fault_ = other.fault_;
  }
  std::string path(std::string_view name) const {
    return at_.empty() ? std::string(name) : at_ + "." + std::string(name);
  }
  const std::optional<Fault>& fault() const { return fault_; }

 private:
  const boost::json::value* find(std::string_view name);
  std::string checked(std::string_view name, std::size_t most, std::size_t least, bool one_line,
                      std::string_view otherwise);

  const boost::json::object& object_;
  const std::string at_;
  std::optional<Fault> fault_;
};

/// Parses a document of at most 256 KiB, no deeper than 12.
Checked<boost::json::object> parse_document(std::string_view text);

/// What is wrong with a text: nothing, or why. Control characters are those of ASCII; a tab and line ends may be in a
/// text of several lines. Also marks that turn the direction of a text around (U+202A to U+202E, U+2066 to U+2069) are
/// refused: they would reach beyond it.
std::optional<std::string> fault_of_text(std::string_view text, std::size_t most, bool one_line);

/// [a-z0-9-], 1 to 60, not beginning or ending with '-': what stands in addresses.
bool is_slug(std::string_view text);

}  // namespace holter::status
