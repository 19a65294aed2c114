#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "import/database.h"
#include "import/gatus_conditions.h"
#include "import/test_registry.h"
#include "import/web.h"

namespace holter::imports {
namespace {

using define::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Url, is_taken_apart) {
  auto url = parse_url("HTTPS://u%40x:p%3Aw@[2001:db8::1]:8443/a/b?c=d#e").value();
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.user, "u@x");
  EXPECT_EQ(url.password, "p:w");
  EXPECT_EQ(url.host, "2001:db8::1");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/a/b?c=d");
  EXPECT_EQ(parse_url("http://a").value().port, 0);
  EXPECT_EQ(parse_url("http://[::1]").value().host, "::1");
  EXPECT_EQ(parse_url("http://a?x=1").value().path, "?x=1");
}

TEST(Url, errors_do_not_show_what_may_be_a_password) {
  for (auto text :
       {"shop.example.org", "://x", "http://", "http://u:geheim@:80/", "http://u:geheim@a:0", "http://a:99999"}) {
    auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_THAT(url.error().message(), Not(HasSubstr("geheim")));
  }
}

TEST(StatusCodes, of_a_range_are_the_registered_ones) {
  EXPECT_THAT(codes_of("200-299"), ElementsAre(200, 201, 202, 203, 204, 205, 206, 207, 208, 226));
  EXPECT_EQ(codes_of("2xx"), codes_of("200-299"));
  EXPECT_THAT(codes_of("599"), ElementsAre(599));
  for (auto text : {"", "x", "20", "300-200", "2-3", "9xx", "200-", "-1"})
    EXPECT_THAT(codes_of(text), IsEmpty()) << text;
}

TEST(Globs, match_with_stars) {
  EXPECT_TRUE(matches_glob("2*", "204"));
  EXPECT_TRUE(matches_glob("*b*d", "abcd"));
  EXPECT_FALSE(matches_glob("*b*d", "abc"));
  EXPECT_FALSE(matches_glob("", "a"));
  EXPECT_TRUE(matches_glob("**", ""));
}

TEST(Durations, are_read_as_go_writes_them) {
  EXPECT_EQ(go_duration("1m30s").value(), std::chrono::seconds(90));
  EXPECT_EQ(go_duration("1.5h").value(), std::chrono::minutes(90));
  EXPECT_EQ(go_duration("500ms").value(), std::chrono::milliseconds(500));
  for (auto text : {"", "5", "x", "5y", "-5s", "1e3s", "0s", "nan", "99999999999d"})
    EXPECT_FALSE(go_duration(text)) << text;
}

TEST(Databases, connection_strings_become_parameters) {
  auto params = [](std::string_view type, std::string_view text, std::string_view password = {}) {
    Draft draft;
    auto good = read_database(type, text, password, draft);
    if (!good) return good.error().message();
    auto out = draft.app;
    for (const auto& [field, node] : draft.params) out += fmt::format(" {}={}", field, node.text);
    for (const auto& part : draft.parts) out += fmt::format(" -{}", part.setting);
    return out;
  };
  EXPECT_EQ(params("postgres", "postgres://u:p%40@h:5433/d?sslmode=require&application_name=x"),
            "postgresql host=h port=5433 username=u password=p@ database=d ssl=true verifyTls=false "
            "-databaseConnectionString.application_name");
  EXPECT_EQ(params("mysql", "mysql://u@h/d", "later"), "mysql host=h username=u password=later database=d");
  EXPECT_EQ(params("mongodb", "mongodb://u:p@h:27017/d?authSource=admin&tls=true"),
            "mongodb host=h port=27017 username=u password=p database=d authenticationDatabase=admin ssl=true");
  EXPECT_EQ(params("redis", "rediss://:p@h:6380/2"),
            "redis host=h port=6380 password=p ssl=true -databaseConnectionString");
  EXPECT_EQ(params("sqlserver",
                   "Server=tcp:h,1434;Database=d;User Id=u;Password=a=b;Encrypt=true;TrustServerCertificate=true"),
            "sqlserver host=h port=1434 database=d username=u password=a=b ssl=true verifyTls=false");
  EXPECT_THAT(params("mongodb", "mongodb+srv://u:geheim@h/d"), HasSubstr("does not begin with"));
  EXPECT_THAT(params("mongodb", "mongodb://u:geheim@a:1,b:2/d"), HasSubstr("several"));
  EXPECT_THAT(params("sqlserver", "geheim"), Not(HasSubstr("geheim")));
  EXPECT_THAT(params("mysql", ""), HasSubstr("no connection string"));
}

TEST(Rendering, texts_of_any_kind_read_back_as_they_were) {
  const std::string odd[] = {
      "null", "~",    "",           " x ",  "a: b # c", "- a",          "\"q\"",        "tab\tnew\nline",
      "\\",   "grün", "\U0001F600", "0x10", "true",     "\x7F\xC2\x85", "\xEF\xBB\xBF", "\xE2\x80\xA8",
      "*a",   "&a",   "{a}",        "@x",   "%x"};
  for (auto format : {Format::kYaml, Format::kJson}) {
    Draft draft{.name = "n", .app = "api"};
    std::vector<std::pair<std::string, std::string>> headers;
    for (const auto& text : odd) headers.emplace_back(text.empty() ? "empty" : text, text);
    draft.set("headers", headers);
    auto text = format == Format::kYaml ? "monitors:\n" + render(draft, format)
                                        : "{\"monitors\": [" + render(draft, format) + "]}";
    define::Problems problems;
    define::YamlNode root;
    ASSERT_TRUE(define::read_yaml({"t", text, true}, {}, problems, root)) << define::testing::text_of(problems) << text;
    const auto& map = *root.find("monitors")->items[0].find("params")->find("headers");
    ASSERT_EQ(map.items.size(), std::size(odd));
    for (std::size_t i = 0; i < std::size(odd); ++i) {
      EXPECT_EQ(map.items[i].text, odd[i]);
      EXPECT_EQ(map.items[i].kind, define::YamlNode::Kind::kScalar) << odd[i];
      EXPECT_EQ(map.keys[i].text, headers[i].first);
    }
  }
}

TEST(Inputs, of_a_pattern_come_in_name_order) {
  TempDir dir;
  dir.file("b.yml", "2");
  dir.file("a.yml", "1");
  dir.file("c.json", "3");
  auto inputs = read_inputs(dir.path(), "*.yml").value();
  ASSERT_EQ(inputs.size(), 2U);
  EXPECT_EQ(inputs[0].text, "1");
  EXPECT_EQ(inputs[1].text, "2");
  EXPECT_EQ(read_inputs("/", dir.path() + "/c.json").value().front().text, "3");
}

TEST(Inputs, that_are_no_files_or_too_large_are_refused) {
  TempDir dir;
  EXPECT_EQ(read_input(dir.path() + "/none").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(read_input(dir.path()).error().code(), ErrorCode::kInvalidArgument);
  auto pipe = dir.path() + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(read_input(pipe).error().code(), ErrorCode::kInvalidArgument);
  auto large = dir.file("large", "");
  std::filesystem::resize_file(large, kMaxInput + 1);
  EXPECT_EQ(read_input(large).error().code(), ErrorCode::kTooLarge);
  EXPECT_EQ(read_inputs(dir.path() + "/none", "*.yml").error().code(), ErrorCode::kNotFound);
}

TEST(Intake, refuses_what_the_caller_finds_wrong) {
  Options options{.definitions = &testing::definitions()};
  options.check = [](const model::Monitor& monitor) {
    return monitor.name == "bad" ? Status(Error(ErrorCode::kInvalidArgument, "no probe")) : Status{};
  };
  std::vector<std::string> told;
  options.report = [&](const Finding& finding) { told.push_back(to_string(finding)); };
  Intake intake(options);
  intake.enter("f");
  for (auto name : {"good", "bad"}) {
    Draft draft{.name = name, .app = "ping"};
    draft.set("host", std::string("192.0.2.1"));
    intake.take({name, 7}, std::move(draft));
  }
  auto done = intake.finish();
  EXPECT_EQ(done.counts.monitors, 1U);
  EXPECT_THAT(told, ElementsAre(HasSubstr("f:7: bad: not taken: no probe")));
  EXPECT_EQ(done.text, "monitors:\n  - name: good\n    app: ping\n    params:\n      host: 192.0.2.1\n");
}

}  // namespace
}  // namespace holter::imports
