#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/monitor.h"

namespace holter::incidents {

/// Reads the members of one JSON object, each with a default. The first fault is kept, with the member's path
/// ("spec.selector.app"); later reads then return their defaults. So a reader reads all it needs and asks once.
/// Lifetime: the object and the parent must outlive it.
class SpecReader {
 public:
  /// `known`: its members; others are faults that name the nearest one.
  SpecReader(const boost::json::object& object, std::string at, std::initializer_list<std::string_view> known);

  std::string text(std::string_view name, std::string_view otherwise = {});
  bool boolean(std::string_view name, bool otherwise);
  std::uint64_t number(std::string_view name, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most);
  /// A text as parse_duration() reads it.
  milliseconds duration(std::string_view name, milliseconds otherwise);
  std::optional<milliseconds> maybe_duration(std::string_view name);
  /// As parse_rfc3339() reads it.
  WallTime time(std::string_view name, WallTime otherwise);
  std::vector<std::string> list(std::string_view name);
  std::optional<std::vector<std::string>> maybe_list(std::string_view name);
  /// An object of texts, sorted by name.
  model::Labels labels(std::string_view name);
  /// A word that `parse` knows; `words` for the message.
  template <class T>
  T word(std::string_view name, T otherwise, std::optional<T> (*parse)(std::string_view), std::string_view words) {
    auto given = text(name);
    if (given.empty()) return otherwise;
    if (auto value = parse(given)) return *value;
    fail(name, "cannot use '" + given.substr(0, 80) + "': one of " + std::string(words) + " is needed");
    return otherwise;
  }
  /// Null where it is not given.
  const boost::json::object* object(std::string_view name);
  const boost::json::array* array(std::string_view name);

  void fail(std::string_view name, std::string why);
  /// Takes over the fault of a reader of a member.
  void take(const Status& status) {
    if (status_ && !status) status_ = status;
  }
  std::string path(std::string_view name) const { return name.empty() ? at_ : at_ + "." + std::string(name); }
  const Status& status() const { return status_; }

 private:
  const boost::json::value* find(std::string_view name);

  const boost::json::object& object_;
  const std::string at_;
  Status status_;
};

/// Parses a document. Errors: kInvalidArgument: no JSON, deeper than 32, or no object.
Result<boost::json::object> parse_object(std::string_view text, std::string_view what);

/// What is wrong with a document: kInvalidArgument, and which member is at fault stands in front: "spec.n: cannot ...".
Error fault(std::string_view member, std::string_view why);
/// The member in front of such a message, and the rest; the first is empty for other messages.
std::pair<std::string, std::string> split_fault(std::string_view message);

}  // namespace holter::incidents
