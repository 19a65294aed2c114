#include "app/scrubber.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <cctype>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "base/percent.h"
#include "base/utf8.h"

namespace holter::app {
namespace {

constexpr std::string_view kMask = "***";
constexpr std::array<std::string_view, 12> kWords = {"password", "passwd", "passphrase", "pwd",
                                                     "secret",   "token",  "apikey",     "api_key",
                                                     "api-key",  "cookie", "community",  "privatekey"};

bool same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(), same_letter);
}

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

/// A part of a text: [begin, end).
struct Span {
  std::size_t begin = 0, end = 0;
};

std::size_t skip(std::string_view text, std::size_t at, std::string_view any) {
  return std::min(text.find_first_not_of(any, at), text.size());
}

/// Where a value ends that begins behind `quote`; a backslash takes the character behind it along.
std::size_t end_of_quoted(std::string_view text, std::size_t at, char quote) {
  while (at < text.size() && text[at] != quote) at += text[at] == '\\' ? 2 : 1;
  return std::min(at, text.size());
}

/// The value behind a word at `at`: `name": "value"`, `name=value`, `name: value`. Empty: there is none.
Span value_behind(std::string_view text, std::size_t at, bool to_line_end, Scrubber::Form form) {
  while (at < text.size() && is_name(text[at])) ++at;
  at = skip(text, at, "\"'\\");
  at = skip(text, at, " \t");
  if (at >= text.size() || (text[at] != '=' && text[at] != ':')) return {};
  at = skip(text, at + 1, " \t");
  bool escaped = at + 1 < text.size() && text[at] == '\\' && (text[at + 1] == '"' || text[at + 1] == '\'');
  if (escaped) ++at;
  if (at >= text.size()) return {};
  if (escaped) {  // a quoted value within a quoted text
    auto begin = at + 1;
    auto end = std::min(text.find(std::string{'\\', text[at]}, begin), text.size());
    return {begin, end};
  }
  if (text[at] == '"' || text[at] == '\'') return {at + 1, end_of_quoted(text, at + 1, text[at])};
  if (form == Scrubber::Form::kJson && (std::isdigit(static_cast<unsigned char>(text[at])) != 0 || text[at] == '{' ||
                                        text[at] == '[' || text[at] == 'n' || text[at] == 't' || text[at] == 'f'))
    return {};  // a number, a map, null...
  auto end = std::min(text.find_first_of(to_line_end ? "\"\r\n" : " \t\r\n,;&\"'})]", at), text.size());
  return {at, end};
}

/// The next thing at or behind `at` that looks like a secret.
Span next_secret(std::string_view text, std::size_t from, Scrubber::Form form) {
  for (auto at = from; at < text.size(); ++at) {
    if (text.substr(at).starts_with("://")) {
      auto begin = at + 3;
      auto end = std::min(text.find_first_of(" \t\r\n\"'<>`", begin), text.size());
      auto sign = text.substr(begin, end - begin).rfind('@');
      if (sign != std::string_view::npos && sign > 0) return {begin, begin + sign};
      continue;
    }
    auto c = static_cast<char>(std::tolower(static_cast<unsigned char>(text[at])));
    if (c != 'p' && c != 's' && c != 't' && c != 'a' && c != 'c') continue;
    if (starts_with_word(text.substr(at), "authorization")) {
      auto value = value_behind(text, at, true, form);
      if (value.end > value.begin) return value;
      continue;
    }
    for (auto word : kWords) {
      if (!starts_with_word(text.substr(at), word)) continue;
      auto value = value_behind(text, at, false, form);
      if (value.end > value.begin) return value;
    }
  }
  return {text.size(), text.size()};
}

std::string json_escaped(std::string_view text) {
  std::string scratch;
  auto quoted = boost::json::serialize(boost::json::value(boost::json::string(as_utf8(text, scratch))));
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

void Scrubber::add(std::string secret) {
  if (secret.size() < kShortest) return;
  auto& same_start = known_[secret.substr(0, kShortest)];
  if (std::ranges::find(same_start, secret) != same_start.end()) return;
  same_start.push_back(std::move(secret));
  std::ranges::sort(same_start, std::greater<>(), &std::string::size);
  ++count_;
}

void Scrubber::hide(std::string_view secret) {
  if (secret.find_first_not_of('*') == std::string_view::npos) return;
  add(percent_encoded(secret));
  add(json_escaped(secret));
  add(std::string(secret));
}

void Scrubber::hide_all_of(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    auto found = next_secret(text, at, Form::kText);
    auto value = text.substr(found.begin, found.end - found.begin);
    hide(value);
    // "user:password" of a URL, "Bearer token": the part behind is the secret by itself.
    if (auto colon = value.find(':'); colon != std::string_view::npos) hide(value.substr(colon + 1));
    if (auto blank = value.rfind(' '); blank != std::string_view::npos) hide(value.substr(blank + 1));
    at = std::max(found.end, at + 1);
  }
}

std::string Scrubber::replace_known(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    auto found = known_.find(text.substr(at, kShortest));
    const std::string* match = nullptr;
    if (found != known_.end())
      for (const auto& secret : found->second)
        if (match == nullptr && text.substr(at).starts_with(secret)) match = &secret;
    if (match == nullptr) {
      out += text[at++];
      continue;
    }
    out += kMask;
    at += match->size();
  }
  return out;
}

std::string Scrubber::scrub(std::string_view text, Form form) const {
  auto known = known_.empty() ? std::string(text) : replace_known(text);
  std::string out;
  out.reserve(known.size());
  for (std::size_t at = 0; at < known.size();) {
    auto found = next_secret(known, at, form);
    out.append(known, at, found.begin - at);
    if (found.end > found.begin) out += kMask;
    at = std::max(found.end, at);
    if (found.begin >= known.size()) break;
  }
  return out;
}

}  // namespace holter::app
