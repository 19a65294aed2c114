#include <boost/version.hpp>

#include <arrow/util/config.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include "app/commands.h"

namespace holter::app {

int version() {
  fmt::print("holter {}\n", HOLTER_VERSION);
  fmt::print("  built by {} for {}\n", __VERSION__, __linux__ ? "linux" : "?");
  fmt::print("  Arrow {}, Boost {}.{}, {}\n", ARROW_VERSION_STRING, BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
             curl_version());
  return 0;
}

}  // namespace holter::app
