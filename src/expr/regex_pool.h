#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace holter::expr {

/// Compiles one regular expression, with at most kRegexBytes of memory for all its life. Errors say what is wrong with
/// it, to be put behind the place where it stands: kInvalidArgument, kTooLarge.
Result<std::shared_ptr<const re2::RE2>> compile_regex(std::string_view pattern);

/// Lets programs share their regular expressions: equal ones are compiled and held once, as long as a program uses
/// them. Thousands of rules have few different ones. Any thread; must outlive the calls of compile(), not the programs.
class RegexPool {
 public:
  explicit RegexPool(std::size_t most = 1024) : most_(most) {}

  /// As compile_regex(); kTooLarge also when `most` different ones are in use, which refused() counts.
  Result<std::shared_ptr<const re2::RE2>> get(std::string_view pattern);

  /// Different ones in use.
  std::size_t size() const;
  /// For the account of whoever keeps the pool: kRegexBytes for each one in use, and the table.
  std::size_t held_bytes() const;
  std::uint64_t refused() const;

 private:
  void forget_unused();

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<const re2::RE2>> known_;
  std::uint64_t refused_ = 0;
};

}  // namespace holter::expr
