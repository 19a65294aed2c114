#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "notify/channel_tools.h"

namespace holter::notify {

/// A message card of Feishu and Lark (Feishu Open Platform, "Card JSON 1.0"): coloured title, Markdown, a button with
/// the link. `mentions` are ids of users, or "all". The card stays below 20 KB, which is what a request may have.
boost::json::object feishu_card(const Message& message, const std::vector<std::string_view>& mentions);

}  // namespace holter::notify
