#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "app/api_client.h"

// What commands share that print answers of a running server.
namespace holter::app {

/// A member as text; `missing` where there is none, or it is null.
std::string text_of(const boost::json::object& row, std::string_view key, std::string_view missing = "");
/// Says on standard error what went wrong, and what to do about it. The exit code: 1.
int tell_failure(const ApiClient& client, const Error& error);

}  // namespace holter::app
