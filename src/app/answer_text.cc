#include "app/answer_text.h"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

namespace holter::app {

std::string text_of(const boost::json::object& row, std::string_view key, std::string_view missing) {
  const auto* value = row.if_contains(key);
  if (value == nullptr || value->is_null()) return std::string(missing);
  return value->is_string() ? std::string(value->get_string()) : boost::json::serialize(*value);
}

int tell_failure(const ApiClient& client, const Error& error) {
  fmt::print(stderr, "holter: {}\n", error.message());
  if (auto advice = client.advice(error); !advice.empty()) fmt::print(stderr, "  {}\n", advice);
  return 1;
}

}  // namespace holter::app
