#include "secrets/password_policy.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "base/utf8.h"
#include "secrets/secret_text.h"

namespace holter::secrets {
namespace {

/// What must be left of a password once the user's name is taken out. Characters.
constexpr std::size_t kLeastWithoutName = 8;
/// A shorter name is found in too many words.
constexpr std::size_t kLeastName = 3;

// Common ones of ten characters and more, in lower case. The shorter ones are too short anyway.
constexpr std::array<std::string_view, 24> kCommon = {
    "0123456789",   "0987654321",  "1234567890",    "12345678910", "123456789a",    "1q2w3e4r5t",
    "1qaz2wsx3edc", "abcdefghij",  "administrator", "admin12345",  "adminadmin",    "changeme123",
    "iloveyou123",  "letmein123",  "password12",    "password123", "password1234",  "password12345",
    "passw0rd123",  "p@ssw0rd123", "qwerty12345",   "qwertyuiop",  "qwertyuiop123", "welcome123"};

Error refused(std::string why) {
  return {ErrorCode::kInvalidArgument, "cannot take this password: " + std::move(why)};
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Characters of UTF-8; what is none counts by its bytes.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    auto size = utf8_sequence(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

bool repeats_one_character(std::string_view text) {
  auto size = utf8_sequence(text);
  auto first = text.substr(0, size);
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size())))
    if (!text.starts_with(first)) return false;
  return true;
}

/// Characters of `text` that are left when `name` is taken out wherever it stands.
std::size_t characters_without(std::string_view text, std::string_view name) {
  std::size_t left = characters(text);
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + name.size()))
    left -= characters(name);
  return left;
}

}  // namespace

Status check_new_password(std::string_view password, std::string_view user) {
  if (password.size() > kMostPasswordBytes)
    return refused(fmt::format("it has {} bytes, {} is the most", password.size(), kMostPasswordBytes));
  if (!is_utf8(password)) return refused("it is not UTF-8");
  if (auto n = characters(password); n < kLeastPasswordCharacters)
    return refused(fmt::format("it has {} characters, {} is the least", n, kLeastPasswordCharacters));
  SecretText copy(password);
  std::ranges::transform(copy.chars(), copy.chars().begin(), lower);
  if (std::ranges::find(kCommon, copy.view()) != kCommon.end()) return refused("it is one of the most common");
  if (repeats_one_character(copy.view())) return refused("it is one character over and over");
  std::string name(user);
  std::ranges::transform(name, name.begin(), lower);
  if (name.size() < kLeastName) return {};
  for (int turn = 0; turn < 2; ++turn, std::ranges::reverse(name))
    if (auto left = characters_without(copy.view(), name); left < kLeastWithoutName)
      return refused(
          fmt::format("without the user's name it has {} characters, {} is the least", left, kLeastWithoutName));
  return {};
}

}  // namespace holter::secrets
