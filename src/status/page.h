#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "alert/matcher.h"
#include "status/json_reader.h"

namespace holter::status {

inline constexpr std::size_t kMostGroups = 20;
inline constexpr std::size_t kMostComponents = 100;  ///< of a page, over all groups
inline constexpr std::size_t kMostNames = 100;       ///< monitors that a component names
inline constexpr std::size_t kMostLanguages = 10;
inline constexpr unsigned kMostHistoryDays = 90;
inline constexpr std::size_t kMostTitle = 120, kMostDescription = 1000;
inline constexpr std::size_t kMostMonitorName = 256;
inline constexpr std::size_t kMostPageJson = 64 * 1024;  ///< what write_page() gives; longer ones are refused

/// What visitors see as one thing. Which monitors it stands for, they never learn.
struct Component {
  std::string id;  ///< a slug, unique in its page: announcements and badges name it
  std::string name, description;
  std::vector<std::string> monitors;  ///< names; may be none
  std::string matchers;               ///< as alert::parse_matchers() reads them; empty: none
  bool operator==(const Component&) const = default;
};
struct Group {
  std::string name;  ///< may be empty
  std::vector<Component> components;
  bool operator==(const Group&) const = default;
};

/// What its author wrote.
struct Page {
  std::string title, description;
  bool is_public = false;  ///< else it is shown to who has the role viewer
  std::string time_zone = "UTC";
  std::vector<std::string> languages{"en"};  ///< BCP 47; the first is that of badges and feeds
  unsigned history_days = kMostHistoryDays;
  bool response_time = false;  ///< visitors see how long checks took
  std::vector<Group> groups;
  bool operator==(const Page&) const = default;
};

/// Reads and checks the member "spec" of a document: texts, bounds, ids that are unique, a time zone that there is,
/// matchers that can be read. Members of faults begin with "spec".
Checked<Page> read_page(const boost::json::object& spec);
/// With all members; read_page() reads it.
boost::json::object write_page(const Page& page);
/// Of a text that was stored. A fault is a bug of who stored it, or the page of a newer program.
Checked<Page> parse_page(std::string_view json);

/// Null where there is none.
const Component* find_component(const Page& page, std::string_view id);
std::size_t count_components(const Page& page);

}  // namespace holter::status
