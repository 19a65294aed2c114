#include "model/monitor.h"

namespace holter::model {

std::string_view to_string(Criticality c) {
  switch (c) {
    case Criticality::kCritical:
      return "critical";
    case Criticality::kNormal:
      return "normal";
    case Criticality::kLow:
      return "low";
  }
  return "?";
}

std::string_view to_string(State s) {
  switch (s) {
    case State::kUnknown:
      return "UNKNOWN";
    case State::kUp:
      return "UP";
    case State::kDown:
      return "DOWN";
    case State::kStale:
      return "STALE";
    case State::kPaused:
      return "PAUSED";
    case State::kUnreachable:
      return "UNREACHABLE";
  }
  return "?";
}

std::string_view to_string(ResultCode c) {
  switch (c) {
    case ResultCode::kSuccess:
      return "success";
    case ResultCode::kUnavailable:
      return "unavailable";
    case ResultCode::kUnreachable:
      return "unreachable";
    case ResultCode::kUnconnectable:
      return "unconnectable";
    case ResultCode::kFail:
      return "fail";
    case ResultCode::kTimeout:
      return "timeout";
  }
  return "?";
}

const std::string* Monitor::param(std::string_view field) const {
  const auto& defs = definition->params;
  for (std::size_t i = 0; i < defs.size(); ++i) {
    if (defs[i].field != field) continue;
    for (const auto& [index, value] : params)
      if (index == i) return &value;
    return defs[i].has_default ? &defs[i].default_value : nullptr;
  }
  return nullptr;
}

}  // namespace holter::model
