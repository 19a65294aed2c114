#include <regex>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/assets.h"
#include "define/config.h"
#include "memory/pressure.h"
#include "secrets/password_policy.h"

namespace holter::api {
namespace {

std::set<std::string> found(std::string_view text, const char* pattern) {
  std::set<std::string> out;
  std::string copy(text);
  std::regex wanted(pattern);
  for (std::sregex_iterator it(copy.begin(), copy.end(), wanted), end; it != end; ++it) out.insert((*it)[1]);
  return out;
}

std::string_view language(std::string_view tag) {
  auto words = asset("page/words.js");
  auto from = words.find("'" + std::string(tag) + "': {");
  return words.substr(from, words.find("\n  },", from) - from);
}

TEST(Page, holds_nothing_from_elsewhere_and_nothing_that_its_policy_forbids) {
  for (std::string_view name : {"page/index.html", "page/style.css", "page/app.js", "page/memory.js", "page/words.js",
                                "page/login.html", "page/login.js"}) {
    auto foreign = std::string(asset(name));
    foreign = std::regex_replace(foreign, std::regex("http://www\\.w3\\.org/2000/svg"), "");
    EXPECT_FALSE(std::regex_search(foreign, std::regex("https?://|url\\(|@import"))) << name;
  }
  for (auto page : {asset("page/index.html"), asset("page/login.html")})
    EXPECT_FALSE(std::regex_search(std::string(page), std::regex("\\son[a-z]+=|style=|<style|<script>|javascript:")));
}

TEST(Page, puts_texts_into_the_page_as_text_only) {
  for (std::string_view name : {"page/app.js", "page/memory.js", "page/words.js", "page/login.js"})
    EXPECT_FALSE(
        std::regex_search(std::string(asset(name)),
                          std::regex("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(|new Function")))
        << name;
}

TEST(Page, both_languages_know_the_same_words) {
  constexpr auto kKey = "[{ ]([A-Za-z_]+): '";
  auto english = found(language("en"), kKey), chinese = found(language("zh-CN"), kKey);
  EXPECT_GT(english.size(), 40U);
  EXPECT_EQ(english, chinese);
}

TEST(Page, says_how_long_a_password_must_be) {
  auto least = fmt::format(" {} ", secrets::kLeastPasswordCharacters);
  for (auto tag : {"en", "zh-CN"}) {
    auto words = language(tag);
    auto hint = words.substr(words.find("setup_hint: '"));
    EXPECT_TRUE(hint.substr(0, hint.find("',")).contains(least)) << tag;
  }
}

TEST(Page, every_word_that_is_asked_for_is_known) {
  auto known = found(language("en"), "[{ ]([A-Za-z_]+): '");
  auto asked = found(asset("page/app.js"), "word\\('([a-z_A-Z]+)'[,)]");
  asked.merge(found(asset("page/memory.js"), "word\\('([a-z_A-Z]+)'[,)]"));
  asked.merge(found(asset("page/login.js"), "word\\('([a-z_A-Z]+)'[,)]"));
  for (auto page : {"page/index.html", "page/login.html"}) asked.merge(found(asset(page), "data-word=\"([a-z_]+)\""));
  for (std::string failure : {"later", "stale", "refused", "provider", "unknown", "taken", "error"}) {
    asked.insert("failed_" + failure);
    EXPECT_TRUE(asset("page/login.js").contains("'" + failure + "'")) << failure;
  }
  for (std::string mode : {"login", "setup", "reset"})
    for (auto part : {"_title", "_hint", "_go"}) asked.insert(mode + part);
  for (const auto& key : asked) EXPECT_TRUE(known.contains(key)) << key;
}

TEST(Page, every_element_that_the_script_asks_for_is_in_the_page) {
  auto ids = found(asset("page/index.html"), " id=\"([a-z-]+)\"");
  for (std::string_view script : {"page/app.js", "page/memory.js"})
    for (const auto& id : found(asset(script), "\\$\\('([a-z-]+)'\\)")) EXPECT_TRUE(ids.contains(id)) << id;
}

TEST(Page, every_element_that_the_script_of_the_login_asks_for_is_in_its_page) {
  auto ids = found(asset("page/login.html"), " id=\"([a-z-]+)\"");
  for (const auto& id : found(asset("page/login.js"), "\\$\\('([a-z-]+)'\\)")) EXPECT_TRUE(ids.contains(id)) << id;
}

TEST(Page, has_a_word_for_every_level_share_and_action) {
  auto known = found(language("en"), "[{ ]([A-Za-z_]+): '");
  for (std::size_t i = 0; i < memory::kLevels; ++i)
    EXPECT_TRUE(known.contains("level_" + std::string(memory::to_string(static_cast<memory::Level>(i)))));
  for (auto action : define::kMemoryActions) EXPECT_TRUE(known.contains("action_" + std::string(action))) << action;
  for (auto verdict : {"fits", "fits_at_interval", "does_not_fit"})
    EXPECT_TRUE(known.contains("verdict_" + std::string(verdict))) << verdict;
  for (const auto& key : define::config_keys())
    if (auto path = std::string(key.path); path.starts_with("memory.shares."))
      EXPECT_TRUE(known.contains("share_" + path.substr(path.rfind('.') + 1))) << path;
}

}  // namespace
}  // namespace holter::api
