#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "notify/channel.h"

namespace holter::notify {

/// Labels as a JSON object.
boost::json::object labels_object(const model::Labels& labels);

/// A message as Holter's own JSON for other programs, version 1: channels/webhook/README.md describes it.
std::string holter_json(const Message& message);

/// A message as Alertmanager's webhook sends it: JSON version 4 (Alertmanager documentation, "webhook_config").
std::string alertmanager_json(const Message& message);

}  // namespace holter::notify
