#include "status/feed.h"

#include <chrono>

#include <fmt/format.h>

#include "status/xml.h"

namespace holter::status {
namespace {

void element(std::string& out, std::string_view name, std::string_view text) {
  out.append("<").append(name).append(">");
  append_xml(out, text);
  out.append("</").append(name).append(">\n");
}

std::string item_text(const FeedItem& item) {
  std::string out = "<item>\n";
  element(out, "title", item.title);
  element(out, "link", item.link);
  out += "<guid isPermaLink=\"false\">";
  append_xml(out, item.id);
  out += "</guid>\n";
  element(out, "pubDate", rfc822(item.time));
  element(out, "description", html_of(item.text));
  out += "</item>\n";
  return out;
}

}  // namespace

std::string rfc822(WallTime time) {
  constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss clock(std::chrono::floor<seconds>(time - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::string write_feed(const Feed& feed) {
  constexpr std::string_view kEnd = "</channel>\n</rss>\n";
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n";
  element(out, "title", feed.title);
  element(out, "link", feed.link);
  element(out, "description", feed.description.empty() ? feed.title : feed.description);
  element(out, "language", feed.language);
  element(out, "lastBuildDate", rfc822(feed.time));
  element(out, "ttl", "1");
  out += "<atom:link rel=\"self\" type=\"application/rss+xml\" href=\"";
  append_xml(out, feed.self);
  out += "\"/>\n";
  for (const auto& item : feed.items) {
    auto text = item_text(item);
    if (out.size() + text.size() + kEnd.size() > kMostFeedBytes) break;
    out += text;
  }
  out += kEnd;
  return out;
}

}  // namespace holter::status
