#include <boost/json/serialize.hpp>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "status/announcement.h"
#include "status/badge.h"
#include "status/feed.h"
#include "status/logo.h"
#include "status/page.h"
#include "status/xml.h"

namespace {

/// No mark of XML may come out of a text as it is, and what comes out is UTF-8.
void check_escaped(std::string_view text) {
  std::string out;
  holter::status::append_xml(out, text);
  CHECK(out.find_first_of("<>\"") == std::string::npos);
  for (std::size_t at = 0; at < out.size();) {
    auto [code, bytes] = holter::status::decode_utf8(std::string_view(out).substr(at));
    CHECK(code != holter::status::kNoCodePoint);
    CHECK(code >= 0x20 || code == '\t' || code == '\n');
    at += bytes;
  }
}

}  // namespace

// Documents of users, and texts that go into feeds and badges: no input may crash, what is accepted comes back from
// its own text, and nothing gets out of an element.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::status;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  static const Page example = [] {
    Page page;
    page.title = "example";
    page.groups = {{"", {{"web", "Web", "", {"web-1"}, ""}}}};
    return page;
  }();
  if (auto document = parse_document(text)) {
    if (auto page = read_page(*document)) {
      auto again = parse_page(boost::json::serialize(write_page(*page)));
      CHECK(again && *again == *page);
      CHECK(count_components(*page) <= kMostComponents);
    }
    if (auto announcement = read_announcement(*document, example, true))
      CHECK(fits(announcement->kind, announcement->phase));
    (void)read_update(*document, Kind::kMaintenance);  // any result is right; it must not crash
  }
  if (auto logo = read_logo(text)) CHECK(!logo->content_type.empty() && logo->bytes.size() <= kMostLogoBytes);
  check_escaped(text);
  Feed feed{.title = std::string(text), .link = "http://localhost/", .language = "en"};
  feed.items.push_back({.title = std::string(text), .id = "1", .text = std::string(text)});
  CHECK(write_feed(feed).size() <= kMostFeedBytes + 16 * size + 1024);
  CHECK(text_width(text) <= 11 * kMostBadgeText + 1);
  CHECK(!write_badge({std::string(text), std::string(text), "#000000"}).contains("script>"));
  return 0;
}
