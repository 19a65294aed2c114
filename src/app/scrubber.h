#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace holter::app {

/// Takes secrets out of texts that are handed on: those that it was told of, wherever they stand, also as JSON and URLs
/// write them; and what looks like one, "password=...", "Authorization: ...", "https://user:password@host". Rather too
/// much than too little. Time: one pass over the text.
class Scrubber {
 public:
  /// In JSON what looks like a secret is masked only where it is a string, so that it stays JSON.
  enum class Form : std::uint8_t { kText, kJson };
  /// Shorter ones are not looked for: they would be everywhere. They are masked where they look like a secret.
  static constexpr std::size_t kShortest = 4;

  void hide(std::string_view secret);
  /// Hides what looks like a secret in this text, wherever else it may stand.
  void hide_all_of(std::string_view text);

  std::string scrub(std::string_view text, Form form = Form::kText) const;
  std::size_t size() const { return count_; }

 private:
  std::string replace_known(std::string_view text) const;
  void add(std::string secret);

  std::map<std::string, std::vector<std::string>, std::less<>> known_;  ///< by the first bytes, the longest first
  std::size_t count_ = 0;
};

}  // namespace holter::app
