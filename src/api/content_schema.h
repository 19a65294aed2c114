#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/problem.h"
#include "api/router.h"

namespace holter::api {

/// The part of JSON Schema (2020-12) that openapi.json uses for what requests bring: type, enum, properties, required,
/// additionalProperties, items, minimum, maximum, minLength, maxLength, maxItems, maxProperties, $ref. Whatever else
/// stands in a schema is refused when it is read, so that nothing is promised in the file and not checked. It belongs
/// to the Schemas that have read it. Threads: any, once read.
class Schema {
 public:
  /// The first thing wrong with the value, as a problem of status 400 that names the member; nothing where all is
  /// right. A schema that holds itself goes as deep as the value does, which Content bounds.
  std::optional<Problem> check(const boost::json::value& value) const;

 private:
  friend class Schemas;
  std::optional<Problem> check_at(const boost::json::value& value, const std::string& at) const;
  std::optional<Problem> check_members(const boost::json::object& object, const std::string& at) const;
  std::string types_text() const;
  std::size_t bytes() const;

  std::uint8_t types_ = 0;  ///< a bit for each of kTypes; 0: any
  bool nothing_else_ = false;
  double least_ = -std::numeric_limits<double>::infinity(), most_ = std::numeric_limits<double>::infinity();
  /// Bytes of a text, items of a list, members of an object.
  std::size_t shortest_ = 0, longest_ = std::numeric_limits<std::size_t>::max();
  std::vector<std::string> words_;  ///< of a text; empty: any
  std::vector<std::string> required_;
  std::vector<std::pair<std::string, const Schema*>> properties_;
  const Schema* others_ = nullptr;  ///< null: any
  const Schema* items_ = nullptr;   ///< null: any
};

/// Schemas of one file. What is named in it is read once, whoever refers to it, and may hold itself.
class Schemas {
 public:
  /// `named` is components.schemas. The schema lives as long as this does. Errors: kInvalidArgument for a keyword that
  /// is not known here, or a reference that leads nowhere.
  Result<const Schema*> read(const boost::json::object& schema, const boost::json::object& named);
  /// What they take in memory, about.
  std::size_t bytes() const;

 private:
  Status fill(Schema& schema, const boost::json::object& from, const boost::json::object& named);
  Status fill_inner(Schema& schema, const boost::json::object& from, const boost::json::object& named);

  std::deque<Schema> all_;
  std::map<std::string, const Schema*, std::less<>> named_;
};

/// What the file says about the content of each route, read once, at the first call. Null where the route takes none,
/// or one that is read piece by piece. Errors are bugs of the file, which a test finds; then the program ends.
class ContentSchemas {
 public:
  static const ContentSchemas& get();

  struct Entry {
    bool required = false;
    const Schema* schema = nullptr;
  };
  const Entry* find(const Route& route) const;
  std::size_t bytes() const;

 private:
  Schemas schemas_;
  std::vector<std::pair<const Route*, Entry>> entries_;
};

/// 400 where the content of a request is not what the file says.
Problem check_content(const Route& route, std::string_view content, memory::Account& account);

}  // namespace holter::api
