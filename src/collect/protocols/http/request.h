#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/definition.h"
#include "net/http.h"

namespace holter::collect::http {

/// The block of a set, read once: what to ask, and which answers count as good.
struct Plan {
  /// All of the request but for what depends on the time.
  net::HttpRequest request;
  std::string host;  ///< and port, for messages and limits
  std::vector<int> success_codes;

  /// What depends on the time.
  struct Timed {
    std::string url;  ///< up to the parameters
    std::vector<std::pair<std::string, std::string>> params;
    bool encode = true;
    std::string body;
  };
  std::unique_ptr<const Timed> timed;  ///< null: nothing does

  /// The request at the time of day `now`.
  net::HttpRequest request_at(WallTime now) const;
  std::size_t bytes() const;  ///< held besides the object itself
};

/// `accept` is the media type of the answer that is wanted. Errors: kInvalidArgument, naming the key and the value.
Result<Plan> make_plan(const model::Node& block, std::string_view accept);

}  // namespace holter::collect::http
