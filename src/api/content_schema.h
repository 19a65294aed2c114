#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/problem.h"
#include "api/router.h"

namespace holter::api {

/// The part of JSON Schema (2020-12) that openapi.json uses for what requests bring: type, enum, properties, required,
/// additionalProperties, items, minimum, maximum, minLength, maxLength, maxItems, $ref. Whatever else stands in a
/// schema is refused when it is read, so that nothing is promised in the file and not checked. Threads: any, once read.
class Schema {
 public:
  /// `schemas` is components.schemas. Errors: kInvalidArgument for a keyword that is not known here.
  static Result<Schema> read(const boost::json::object& schema, const boost::json::object& schemas);

  /// The first thing wrong with the value, as a problem of status 400 that names the member; nothing where all is
  /// right.
  std::optional<Problem> check(const boost::json::value& value) const;
  /// What it takes in memory, about.
  std::size_t bytes() const;

 private:
  std::optional<Problem> check_at(const boost::json::value& value, const std::string& at) const;
  std::optional<Problem> check_members(const boost::json::object& object, const std::string& at) const;
  bool allows(const boost::json::value& value) const;
  std::string types_text() const;

  std::uint8_t types_ = 0;  ///< a bit for each of kTypes; 0: any
  bool nothing_else_ = false;
  double least_ = -std::numeric_limits<double>::infinity(), most_ = std::numeric_limits<double>::infinity();
  std::size_t shortest_ = 0, longest_ = std::numeric_limits<std::size_t>::max();  ///< bytes of a text, items of a list
  std::vector<std::string> words_;                                                ///< of a text; empty: any
  std::vector<std::string> required_;
  std::vector<std::pair<std::string, std::unique_ptr<Schema>>> properties_;
  std::unique_ptr<Schema> others_, items_;  ///< null: any
};

/// What the file says about the content of each route, read once, at the first call. Null where the route takes none,
/// or one that is read piece by piece. Errors are bugs of the file, which a test finds; then the program ends.
class ContentSchemas {
 public:
  static const ContentSchemas& get();

  struct Entry {
    bool required = false;
    Schema schema;
  };
  const Entry* find(const Route& route) const;
  std::size_t bytes() const;

 private:
  std::vector<std::pair<const Route*, Entry>> entries_;
};

/// 400 where the content of a request is not what the file says.
Problem check_content(const Route& route, std::string_view content, memory::Account& account);

}  // namespace holter::api
