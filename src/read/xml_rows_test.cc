#include "read/xml_rows.h"

#include <gtest/gtest.h>

#include "read/test_json.h"

namespace holter::read {
namespace {

using testing::Lines;
using Rows = std::vector<std::string>;

Rows run(std::string_view script, std::vector<std::string> aliases, std::string_view document,
         std::size_t limit = 64 << 20) {
  auto compiled = XmlRows::compile(script, std::move(aliases));
  if (!compiled) return {"error: " + compiled.error().message()};
  memory::Account account("test", nullptr, limit);
  Lines lines;
  auto read = compiled->read(document, account, lines);
  EXPECT_EQ(account.used(), 0U);
  if (!read) return {"error: " + read.error().message()};
  EXPECT_EQ(read->rows, lines.rows.size());
  return lines.rows;
}

constexpr std::string_view kDevice =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DeviceStatus xmlns=\"http://www.isapi.org/ver20\" version=\"2.0\">"
    "<CPUList><CPU id=\"1\"><cpuUtilization> 12\n</cpuUtilization></CPU><CPU "
    "id=\"2\"><cpuUtilization>30</cpuUtilization>"
    "<note>a &lt; b &amp; &#233;</note></CPU></CPUList><up><![CDATA[yes]]></up><empty> </empty></DeviceStatus>";

TEST(XmlRows, makes_a_row_of_each_node) {
  EXPECT_EQ(run("//CPU", {"cpuUtilization", "@id", "note", "missing", "keyword"}, kDevice),
            (Rows{"12|1|-|-|-", "30|2|a < b & \xC3\xA9|-|-"}));
  EXPECT_EQ(
      run("//DeviceStatus", {"CPUList/CPU[@id='2']/cpuUtilization", "up", "empty", "count(CPUList/CPU)"}, kDevice),
      Rows{"30|yes|-|2"});
  EXPECT_EQ(run("//CPU/@id", {"."}, kDevice), (Rows{"1", "2"}));
}

TEST(XmlRows, reads_bytes_as_the_document_or_the_caller_says) {
  const auto rows = XmlRows::compile("//a", {"."}).value();
  memory::Account account("test", nullptr, 1 << 20);
  Lines lines;
  ASSERT_TRUE(rows.read("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>", account, lines));
  ASSERT_TRUE(
      rows.read("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xC3\xA9</a>", account, lines, XmlEncoding::kUtf8));
  ASSERT_TRUE(rows.read("<a>\xE9</a>", account, lines));
  ASSERT_TRUE(rows.read(std::string_view("\xFF\xFE<\0a\0>\0\xE9\0<\0/\0a\0>\0", 18), account, lines));
  EXPECT_EQ(lines.rows, (Rows{"\xC3\xA9", "\xC3\xA9", "\xEF\xBF\xBD", "\xC3\xA9"}));
}

TEST(XmlRows, has_a_row_of_nothing_when_the_request_is_asked_about) {
  EXPECT_EQ(run("//None", {"a"}, kDevice), Rows{});
  EXPECT_EQ(run("//None", {"a", "responseTime"}, kDevice), Rows{"-|-"});
}

TEST(XmlRows, leaves_out_rows_beyond_the_most) {
  std::string text = "<l>";
  for (int i = 0; i < 1200; ++i) text += "<i/>";
  auto rows = XmlRows::compile("//i", {"@a"});
  memory::Account account("test", nullptr, 16 << 20);
  Lines lines;
  auto summary = rows->read(text + "</l>", account, lines);
  EXPECT_EQ(summary->rows, XmlRows::kMaxRows);
  EXPECT_EQ(summary->nodes, 1200U);
}

TEST(XmlRows, names_what_is_wrong_with_an_expression) {
  for (const auto& [script, why] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "it is empty"},
           {"//a[", "column"},
           {"count(//a)", "it must be a set of nodes"},
           {"1 +", "column"},
           {"//a['x]", "the quoted text has no end"},
           {"/a/b/c/d/e/f/g/h/i/j/k", "more than 10 '/'"},
           {"a/*/*/*/*/*/*", "more than 5 '*'"},
           {"//*", "every node"},
           {"//node() | //a", "every node"},
           {"//a[count(//b) > 1]", "children and attributes only"},
           {"//a[../b]", "children and attributes only"},
           {"//a[preceding-sibling::b]", "children and attributes only"},
           {"//a[/b]", "children and attributes only"},
           {"//a[ancestor ::b]", "children and attributes only"},
           {"//a[b = c]", "one side of a comparison"},
           {"//a[b != c/d]", "one side of a comparison"},
           {"//a[$x]", "variables"}}) {
    const auto got = run(script, {"x"}, "<a/>").front();
    EXPECT_TRUE(got.starts_with("error: cannot compile XPath \"") && got.contains(why)) << script << ": " << got;
  }
  EXPECT_TRUE(run("//a", {"//b"}, "<a/>").front().contains("below its node only"));
  EXPECT_TRUE(run("//a", {"../b"}, "<a/>").front().contains("below its node only"));
  EXPECT_EQ(run("//*[@x='1']/parents", {"."}, "<a x='1'><parents>p</parents></a>"), Rows{"p"});
  EXPECT_EQ(run("ancestor", {"."}, "<ancestor>x</ancestor>"), Rows{"x"});
  EXPECT_EQ(run("//a[b != 'x' and 3>=c and position() = last() and @d<=-1]", {"descendant::e", "b = 'y'"},
                "<a d='-2'><b>y</b><c>2</c><f><e>deep</e></f></a>"),
            Rows{"deep|true"});
  EXPECT_EQ(run("//a", {"a-parent", "parental"}, "<a><a-parent>1</a-parent><parental>2</parental></a>"), Rows{"1|2"});
}

TEST(XmlRows, says_where_a_text_is_no_xml) {
  for (const char* wrong : {"", "text", "<a>", "<a></b>", "<a", "<a b=c/>", "<a><b></a></b>", "</a>"})
    EXPECT_TRUE(run("//a", {"."}, wrong).front().starts_with("error: cannot read the XML document: ")) << wrong;
  EXPECT_EQ(run("//a", {"."}, std::string_view("<a>\0</a>", 8)),
            Rows{"error: cannot read the XML document: a NUL at byte 3"});
}

TEST(XmlRows, refuses_a_document_type_declaration_and_thus_entity_bombs) {
  const auto got = run(
      "//a", {"."}, "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;\">]><a>&b;</a>");
  EXPECT_EQ(got, Rows{"error: cannot read the XML document: it has a document type declaration (<!DOCTYPE), which is "
                      "refused"});
  EXPECT_EQ(run("//a", {"."}, "<a>&b;</a>"), Rows{"&b;"});
}

TEST(XmlRows, keeps_to_its_memory) {
  std::string many;
  for (int i = 0; i < 250'000; ++i) many += "<a/>";
  EXPECT_TRUE(
      run("//a", {"."}, "<l>" + many + "</l>", 1 << 20).front().contains("the memory account test has no room"));
  EXPECT_EQ(run("//a", {"@x"}, "<l>" + many + "</l>").size(), XmlRows::kMaxRows);
  EXPECT_EQ(run("//a", {"@x"}, "<l>" + many + many + many + "</l>"),
            Rows{"error: cannot read the XML document: it takes more than 48.0 MiB of memory"});
  EXPECT_TRUE(run("//a", {"."}, std::string(11 << 20, ' ')).front().contains("10.0 MiB is the most"));
}

class Urls final : public UrlSink {
 public:
  bool url(std::string_view url) override {
    urls.emplace_back(url);
    return urls.size() < 100;
  }
  Rows urls;
};

TEST(Sitemap, lists_the_first_address_of_each_url) {
  memory::Account account("test", nullptr, 16 << 20);
  Urls urls;
  auto read = read_sitemap(
      "<?xml version='1.0'?><urlset xmlns='x'><url><lastmod>1</lastmod><loc> http://a/?x=1&amp;y </loc>"
      "<loc>http://b</loc></url><url/><s:url><s:loc>http://c</s:loc></s:url></urlset>",
      account, urls);
  EXPECT_EQ(read.value(), 2U);
  EXPECT_EQ(urls.urls, (Rows{"http://a/?x=1&y", "http://c"}));
}

TEST(Sitemap, takes_a_list_of_lines) {
  memory::Account account("test", nullptr, 16 << 20);
  Urls urls;
  EXPECT_EQ(read_sitemap("\nhttps://a\r\n\r\nhttp://b", account, urls).value(), 2U);
  EXPECT_EQ(urls.urls, (Rows{"https://a", "http://b"}));
  EXPECT_EQ(read_sitemap("nothing", account, urls).error().code(), ErrorCode::kProtocolViolation);
}

TEST(Sitemap, ends_when_the_sink_is_full_or_there_are_too_many) {
  class Endless final : public UrlSink {
    bool url(std::string_view) override { return true; }
  } endless;
  memory::Account account("test", nullptr, 16 << 20);
  std::string text;
  for (int i = 0; i < 50'001; ++i) text += "http://a\n";
  Urls urls;
  EXPECT_EQ(read_sitemap(text, account, urls).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(read_sitemap(text, account, endless).error().message(),
            "cannot read the sitemap: it has more than 50000 addresses");
}

}  // namespace
}  // namespace holter::read
