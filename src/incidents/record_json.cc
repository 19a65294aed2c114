#include "incidents/record_json.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"
#include "incidents/spec_reader.h"

namespace holter::incidents {
namespace json = boost::json;

namespace {

constexpr int kVersion = 1;

// 64-bit ids as text: JSON numbers above 2^53 are not safe everywhere.
std::string hex(std::uint64_t id) {
  return fmt::format("{:016x}", id);
}
std::uint64_t unhex(const json::value& value) {
  return std::stoull(std::string(value.as_string()), nullptr, 16);
}

/// A list of pairs: order and repetition are kept.
json::array pairs(const model::Labels& labels) {
  json::array array;
  for (const auto& [name, value] : labels) array.emplace_back(json::array{name, value});
  return array;
}
model::Labels labels_of(const json::value& value) {
  model::Labels labels;
  for (const auto& pair : value.as_array())
    labels.emplace_back(pair.as_array().at(0).as_string(), pair.as_array().at(1).as_string());
  return labels;
}

json::object alert_object(const model::Alert& alert) {
  return {{"labels", pairs(alert.labels)},
          {"annotations", pairs(alert.annotations)},
          {"starts", epoch_ms(alert.starts)},
          {"ends", epoch_ms(alert.ends)},
          {"resolution", static_cast<int>(alert.resolution)},
          {"url", alert.generator_url}};
}
model::Alert alert_of(const json::object& object) {
  model::Alert alert;
  alert.labels = labels_of(object.at("labels"));
  alert.fingerprint = model::fingerprint_of(alert.labels);
  alert.annotations = labels_of(object.at("annotations"));
  alert.starts = WallTime(milliseconds(object.at("starts").to_number<std::int64_t>()));
  alert.ends = WallTime(milliseconds(object.at("ends").to_number<std::int64_t>()));
  auto resolution = object.at("resolution").to_number<std::uint64_t>();
  if (resolution >= model::kResolutions) throw std::out_of_range("resolution");
  alert.resolution = static_cast<model::Resolution>(resolution);
  alert.generator_url = std::string(object.at("url").as_string());
  return alert;
}

/// Reads by `read`, which throws for what is not as it was written.
template <class T>
Result<T> guarded(std::string_view text, std::string_view what, T (*read)(const json::object&)) {
  TRY(auto object, parse_object(text, what));
  try {
    if (object.at("v").to_number<int>() != kVersion) throw std::out_of_range("version");
    return read(object);
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kResourceExhausted, fmt::format("cannot read {}: no memory", what));
  } catch (const std::exception& failure) {
    return Error(ErrorCode::kCorruption, fmt::format("cannot read {}: {}", what, failure.what()));
  }
}

}  // namespace

std::string key_of(const alert::SeriesRecord& record) {
  return fmt::format("{:016x}", stable_hash(record.rule, hex(record.monitor.value), record.set, record.labels));
}

std::string to_json(const alert::SeriesRecord& record) {
  const auto& machine = record.machine;
  json::object object{{"v", kVersion},
                      {"rule", record.rule},
                      {"meaning", hex(record.meaning)},
                      {"monitor", hex(record.monitor.value)},
                      {"set", record.set},
                      {"labels", record.labels},
                      {"interval_s", record.interval_s},
                      {"fingerprint", hex(record.fingerprint.value)},
                      {"times", json::array{machine.newest_ms, machine.value_ms, machine.since_ms, machine.false_ms}},
                      {"results", hex(machine.results)},
                      {"phase", machine.phase},
                      {"misses", machine.misses},
                      {"was_firing", machine.was_firing}};
  if (record.evidence != alert::Evidence())
    object.emplace("evidence", json::object{{"values", pairs(record.evidence.values)},
                                            {"summary", record.evidence.summary},
                                            {"no_data", record.evidence.no_data}});
  return json::serialize(object);
}

Result<alert::SeriesRecord> series_from_json(std::string_view text) {
  return guarded<alert::SeriesRecord>(text, "the state of a series", [](const json::object& object) {
    alert::SeriesRecord record;
    record.rule = std::string(object.at("rule").as_string());
    record.meaning = unhex(object.at("meaning"));
    record.monitor = {unhex(object.at("monitor"))};
    record.set = std::string(object.at("set").as_string());
    record.labels = std::string(object.at("labels").as_string());
    record.interval_s = object.at("interval_s").to_number<std::uint32_t>();
    record.fingerprint = {unhex(object.at("fingerprint"))};
    auto& machine = record.machine;
    const auto& times = object.at("times").as_array();
    machine.newest_ms = times.at(0).to_number<std::int64_t>();
    machine.value_ms = times.at(1).to_number<std::int64_t>();
    machine.since_ms = times.at(2).to_number<std::int64_t>();
    machine.false_ms = times.at(3).to_number<std::int64_t>();
    machine.results = unhex(object.at("results"));
    machine.phase = object.at("phase").to_number<std::uint8_t>();
    machine.misses = object.at("misses").to_number<std::uint8_t>();
    machine.was_firing = object.at("was_firing").as_bool();
    if (const auto* evidence = object.if_contains("evidence")) {
      const auto& members = evidence->as_object();
      record.evidence.values = labels_of(members.at("values"));
      record.evidence.summary = std::string(members.at("summary").as_string());
      record.evidence.no_data = members.at("no_data").as_bool();
    }
    return record;
  });
}

std::string key_of(const alert::GroupRecord& record) {
  auto state = hash_step(kHashSeed, record.route);
  for (const auto& [name, value] : record.labels) state = hash_step(hash_step(state, name), value);
  return hex(mix64(state));
}

std::string to_json(const alert::GroupRecord& record) {
  json::array told;
  for (const auto& one : record.told)
    told.emplace_back(json::object{{"labels", pairs(one.labels)}, {"when", epoch_ms(one.when)}});
  json::array resolved;
  for (const auto& alert : record.resolved) resolved.emplace_back(alert_object(alert));
  return json::serialize(json::object{{"v", kVersion},
                                      {"route", record.route},
                                      {"labels", pairs(record.labels)},
                                      {"next_check", epoch_ms(record.next_check)},
                                      {"notified", record.notified},
                                      {"told", std::move(told)},
                                      {"resolved", std::move(resolved)}});
}

Result<alert::GroupRecord> group_from_json(std::string_view text) {
  return guarded<alert::GroupRecord>(text, "the state of a group", [](const json::object& object) {
    alert::GroupRecord record;
    record.route = std::string(object.at("route").as_string());
    record.labels = labels_of(object.at("labels"));
    record.next_check = WallTime(milliseconds(object.at("next_check").to_number<std::int64_t>()));
    record.notified = object.at("notified").as_bool();
    for (const auto& one : object.at("told").as_array()) {
      const auto& members = one.as_object();
      auto labels = labels_of(members.at("labels"));
      auto fingerprint = model::fingerprint_of(labels);
      record.told.push_back(
          {fingerprint, std::move(labels), WallTime(milliseconds(members.at("when").to_number<std::int64_t>()))});
    }
    for (const auto& alert : object.at("resolved").as_array()) record.resolved.push_back(alert_of(alert.as_object()));
    return record;
  });
}

}  // namespace holter::incidents
