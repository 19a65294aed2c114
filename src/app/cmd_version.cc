#include <boost/version.hpp>

#include <arrow/util/config.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include "app/commands.h"

namespace holter::app {

std::string version_text() {
  return fmt::format("holter {}\n  built by {} for {}\n  Arrow {}, Boost {}.{}, {}\n", HOLTER_VERSION, __VERSION__,
                     __linux__ ? "linux" : "?", ARROW_VERSION_STRING, BOOST_VERSION / 100000,
                     BOOST_VERSION / 100 % 1000, curl_version());
}

int version() {
  fmt::print("{}", version_text());
  return 0;
}

}  // namespace holter::app
