#include "api/ui_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include <gtest/gtest.h>

#include "api/fake_request.h"
#include "api/test_server.h"

namespace holter::api {
namespace {

constexpr std::string_view kClose = "Connection: close\r\n";
constexpr std::string_view kGzip = "Connection: close\r\nAccept-Encoding: gzip\r\n";

std::string ask(TestServer& server, const std::string& target, std::string_view headers) {
  RawClient client(server.port());
  client.send(request(target, headers));
  return client.read_all();
}

std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

std::string script() {
  for (const auto& file : ui_files())
    if (file.path.ends_with(".js")) return "/" + std::string(file.path);
  return "";
}

std::string nonce_of(const std::string& answer) {
  std::smatch found;
  return std::regex_search(answer, found, std::regex("style-src 'self' 'nonce-([A-Za-z0-9_-]{22})';")) ? found[1].str()
                                                                                                       : "";
}

TEST(UiFiles, each_is_found_and_unpacks_to_what_was_packed) {
  memory::Budget budget(64U << 20);
  auto& account = budget.account("api");
  EXPECT_GT(ui_files().size(), 10U);
  EXPECT_TRUE(std::ranges::is_sorted(ui_files(), {}, &UiFile::path));
  for (const auto& file : ui_files()) {
    EXPECT_EQ(find_ui_file(file.path), &file);
    Body plain(account);
    unpack(file, account, plain);
    ASSERT_FALSE(plain.refused()) << plain.refusal();
    EXPECT_EQ(plain.size(), file.plain_bytes) << file.path;
  }
  EXPECT_EQ(find_ui_file("assets/none.js"), nullptr);
  EXPECT_EQ(account.used(), 0U);
}

TEST(UiFiles, without_memory_a_file_is_refused_and_nothing_stays) {
  memory::Budget budget(64U << 10);
  auto& account = budget.account("api");
  Body plain(account);
  unpack(*std::ranges::max_element(ui_files(), {}, &UiFile::plain_bytes), account, plain);
  EXPECT_TRUE(plain.refused());
  EXPECT_EQ(account.used(), 0U);
}

TEST(UiFiles, the_page_asks_no_other_server_and_holds_no_script_of_its_own) {
  memory::Budget budget(64U << 20);
  auto& account = budget.account("api");
  Body page(account);
  unpack(*find_ui_file("index.html"), account, page);
  std::string text(page.text());
  EXPECT_FALSE(std::regex_search(text, std::regex("https?://|<script>|\\son[a-z]+=|javascript:"))) << text;
  EXPECT_TRUE(text.contains("HOLTER_NONCE"));
}

TEST(UiFiles, every_area_of_the_interface_is_served) {
  std::size_t seen = 0;
  for (const auto& folder : std::filesystem::directory_iterator("ui/src/pages")) {
    std::ifstream in(folder.path() / "area.ts");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    std::regex path("path: '/([a-z-]*)");
    for (std::sregex_iterator it(text.begin(), text.end(), path), end; it != end; ++it, ++seen)
      EXPECT_TRUE((*it)[1].length() == 0 || is_ui_section((*it)[1].str())) << folder.path() << " " << (*it)[0];
  }
  EXPECT_GT(seen, 15U);
}

TEST(UiPages, have_a_nonce_of_their_own_in_each_answer_and_are_never_kept) {
  TestServer server;
  auto first = ask(server, "/", kClose), second = ask(server, "/monitors/0123456789abcdef?last=6h&x=1", kGzip);
  for (const auto& answer : {first, second}) {
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_TRUE(answer.contains("Content-Type: text/html; charset=utf-8\r\n"));
    EXPECT_TRUE(answer.contains("Cache-Control: no-store\r\n"));
    EXPECT_TRUE(answer.contains("script-src 'self';"));
    EXPECT_NE(nonce_of(answer), "");
  }
  EXPECT_NE(nonce_of(first), nonce_of(second));
  EXPECT_TRUE(body_of(first).contains(nonce_of(first)));
  EXPECT_FALSE(body_of(first).contains("HOLTER_NONCE"));
}

TEST(UiPages, are_where_the_interface_has_some_and_nowhere_else) {
  Asker asker;
  for (std::string target : {"/", "/monitors", "/monitors/new", "/settings/accounts", "/login?next=%2F", "/setup"})
    EXPECT_EQ(asker.get(target).status, 200U) << target;
  for (std::string target : {"/monitor", "/api", "/api/v1", "/api/v1/none", "/assets", "/index.html", "/Monitors"})
    EXPECT_EQ(asker.get(target).status, 404U) << target;
  EXPECT_EQ(asker.send({"POST", "/monitors", {"localhost"}}).status, 405U);
}

TEST(UiAssets, are_kept_for_good_and_packed_for_who_takes_it) {
  TestServer server;
  auto plain = ask(server, script(), kClose), packed = ask(server, script(), kGzip);
  for (const auto& answer : {plain, packed}) {
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer.substr(0, 500);
    EXPECT_TRUE(answer.contains("Cache-Control: public, max-age=31536000, immutable\r\n"));
    EXPECT_TRUE(answer.contains("Vary: Accept-Encoding\r\n"));
    EXPECT_TRUE(answer.contains("Content-Type: text/javascript; charset=utf-8\r\n"));
  }
  const auto* file = find_ui_file(script().substr(1));
  EXPECT_FALSE(plain.contains("Content-Encoding"));
  EXPECT_EQ(body_of(plain).size(), file->plain_bytes);
  EXPECT_TRUE(packed.contains("Content-Encoding: gzip\r\n"));
  EXPECT_EQ(body_of(packed), file->packed) << "packed once, by the build";
}

TEST(UiAssets, the_tag_saves_the_second_answer) {
  TestServer server;
  auto first = ask(server, script(), kClose);
  auto at = first.find("ETag: ");
  ASSERT_NE(at, std::string::npos);
  auto tag = first.substr(at + 6, first.find("\r\n", at) - at - 6);
  auto second = ask(server, script(), std::string(kClose) + "If-None-Match: " + tag + "\r\n");
  EXPECT_TRUE(second.starts_with("HTTP/1.1 304 Not Modified\r\n")) << second;
  EXPECT_EQ(body_of(second), "");
}

TEST(UiAssets, a_file_that_is_gone_says_what_to_do) {
  Asker asker;
  auto reply = asker.get("/assets/old-AbCdEf12.js");
  EXPECT_EQ(reply.status, 404U);
  EXPECT_TRUE(reply.body.contains("load the page again")) << reply.body;
}

}  // namespace
}  // namespace holter::api
