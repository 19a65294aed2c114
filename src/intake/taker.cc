#include "intake/taker.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"
#include "base/utf8.h"

namespace holter::intake {
namespace {

using model::Labels;

constexpr std::string_view kMark = "…";
constexpr std::size_t kMostUrl = 2048;

Error wrong(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

bool is_utf8(std::string_view text) {
  std::string scratch;
  return as_utf8(text, scratch).data() == text.data();
}

/// The front of `text`, at most `most` bytes, that ends with a whole character.
std::string_view front(std::string_view text, std::size_t most) {
  std::size_t at = 0;
  while (at < text.size()) {
    auto length = utf8_sequence(text.substr(at));
    if (length == 0 || at + length > most) break;
    at += length;
  }
  return text.substr(0, at);
}

/// Names are any UTF-8 without control characters; Prometheus's narrower rule is not enforced.
Status check_name(std::string_view what, std::string_view name) {
  if (name.empty()) return wrong(fmt::format("a {} has no name", what));
  if (name.size() > kMostLabelBytes)
    return wrong(fmt::format("the name of a {} has {} bytes, more than {}", what, name.size(), kMostLabelBytes));
  bool control = std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (control) return wrong(fmt::format("the {} '{}' has a control character in its name", what, excerpt(name)));
  if (!is_utf8(name)) return wrong(fmt::format("the name of a {} is not UTF-8", what));
  return {};
}

Status check_text(std::string_view what, std::string_view name, std::string_view text) {
  if (!is_utf8(text)) return wrong(fmt::format("the {} '{}' is not UTF-8", what, excerpt(name)));
  if (text.find('\0') != std::string_view::npos)
    return wrong(fmt::format("the {} '{}' has a byte of value zero", what, excerpt(name)));
  return {};
}

/// Sorted by name; of equal names the first stays; what is empty goes.
void sort_unique(Labels& labels) {
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(std::string_view(labels[i].first), i); });
  Labels sorted;
  for (auto i : order)
    if (sorted.empty() || sorted.back().first != labels[i].first) sorted.push_back(std::move(labels[i]));
  labels = std::move(sorted);
}

void put(Labels& labels, std::string_view name, std::string value) {
  auto found = std::ranges::lower_bound(labels, name, {}, &Labels::value_type::first);
  if (found != labels.end() && found->first == name)
    found->second = std::move(value);
  else
    labels.emplace(found, name, std::move(value));
}

std::size_t bytes_of(const Labels& labels) {
  std::size_t sum = labels.capacity() * sizeof(Labels::value_type);
  for (const auto& [name, value] : labels) sum += name.capacity() + value.capacity();
  return sum;
}

std::string underscored(std::string_view source) {
  std::string out(source);
  std::ranges::replace(out, '-', '_');
  return out;
}

}  // namespace

Result<Labels> labels_of(const json::value* object, std::string_view what, bool any_scalar) {
  Labels labels;
  if (object == nullptr) return labels;
  if (!object->is_object()) return wrong(fmt::format("'{}' is {}, not an object", what, kind_of(*object)));
  for (const auto& [name, value] : object->get_object()) {
    if (value.is_null()) continue;
    auto written = any_scalar || value.is_string() ? scalar(value) : std::nullopt;
    if (!written) return wrong(fmt::format("'{}.{}' is {}, not a string", what, excerpt(name), kind_of(value)));
    labels.emplace_back(name, std::move(*written));
  }
  return labels;
}

Taker::Taker(std::string_view source, const Options& options)
    : source_(source), severity_label_(underscored(source) + "_severity"), options_(options) {
  batch_.bytes = options.account.adopt(0);
}

void Taker::refuse(std::string_view place, std::string_view why, std::size_t count) {
  // Senders say how many they left out, and may say anything.
  batch_.refused += std::min<std::size_t>(count, 1'000'000);
  if (batch_.reasons.size() >= kMostReasons) return;
  std::string scratch, reason = fmt::format("{}: {}", place, why);
  batch_.reasons.emplace_back(as_utf8(reason, scratch));  // a quotation may end within a character
}

Status Taker::take(std::string_view place, Result<Draft> draft) {
  if (batch_.alerts.size() >= kMostAlerts) {
    refuse(place, fmt::format("more than {} alerts in a body", kMostAlerts));
    return {};
  }
  if (!draft) {
    refuse(place, draft.error().message());
    return {};
  }
  auto taken = finished(std::move(*draft));
  if (!taken) {
    refuse(place, taken.error().message());
    return {};
  }
  const auto& alert = taken->alert;
  bytes_ += 2 * sizeof(Taken) +  // a vector has up to twice its elements
            bytes_of(alert.labels) + bytes_of(alert.annotations) + alert.generator_url.capacity();
  if (!batch_.bytes.resize(bytes_)) return options_.account.refusal(bytes_ - batch_.bytes.bytes());
  batch_.alerts.push_back(std::move(*taken));
  return {};
}

Result<Taken> Taker::finished(Draft draft) {
  Taken taken;
  auto& alert = taken.alert;
  TRY(alert.labels, checked_labels(std::move(draft.labels)));
  if (model::label_of(alert.labels, "alertname").empty()) return wrong("it has no name (alertname)");
  TRY_OK(add_severity(draft, alert.labels));
  // As Prometheus does with labels of a target that it sets itself.
  if (auto theirs = std::string(model::label_of(alert.labels, "source")); !theirs.empty() && theirs != source_)
    put(alert.labels, "exported_source", theirs);
  put(alert.labels, "source", source_);
  if (alert.labels.size() > kMostLabels)
    return wrong(fmt::format("it has {} labels with those added here, more than {}", alert.labels.size(), kMostLabels));
  TRY_OK(set_times(draft, taken));
  TRY_OK(check_text("address", "generatorURL", draft.url));
  // From here on nothing refuses: what is cut is counted only of alerts that are taken.
  TRY(alert.annotations, checked_annotations(std::move(draft.annotations)));
  for (auto& [name, value] : alert.labels) value = cut_label(std::move(value));
  if (draft.url.size() <= kMostUrl)
    alert.generator_url = std::move(draft.url);
  else
    ++batch_.cut;  // the front of an address leads somewhere else
  alert.fingerprint = model::fingerprint_of(alert.labels);
  return taken;
}

Result<Labels> Taker::checked_labels(Labels given) const {
  for (const auto& [name, value] : given) {
    TRY_OK(check_name("label", name));
    TRY_OK(check_text("label", name, value));
  }
  sort_unique(given);
  return given;
}

Status Taker::add_severity(Draft& draft, Labels& labels) const {
  auto word = !draft.severity.empty() ? draft.severity : std::string(model::label_of(labels, "severity"));
  TRY_OK(check_text("severity", "severity", word));
  // Without a word, or with one that nobody knows, it is a warning; the word stays beside it.
  auto severity = draft.mapped ? draft.mapped : severity_of(word);
  std::string ours(model::to_string(severity.value_or(model::Severity::kWarning)));
  if (!word.empty() && word != ours) put(labels, severity_label_, word);
  put(labels, "severity", std::move(ours));
  return {};
}

Result<Labels> Taker::checked_annotations(Labels given) {
  for (const auto& [name, text] : given) {
    TRY_OK(check_name("annotation", name));
    TRY_OK(check_text("annotation", name, text));
  }
  sort_unique(given);
  if (given.size() > kMostAnnotations) {
    batch_.cut += given.size() - kMostAnnotations;
    given.resize(kMostAnnotations);
  }
  for (auto& [name, text] : given) {
    if (text.size() <= kMostAnnotationText) continue;
    text = std::string(front(text, kMostAnnotationText - kMark.size())).append(kMark);
    ++batch_.cut;
  }
  return given;
}

/// Two values that differ only behind the cut stay different: labels say which alert it is.
std::string Taker::cut_label(std::string value) {
  if (value.size() <= kMostLabelBytes) return value;
  ++batch_.cut;
  auto tail = fmt::format("{}{:016x}", kMark, stable_hash(value));
  return std::string(front(value, kMostLabelBytes - tail.size())) + tail;
}

Status Taker::set_times(const Draft& draft, Taken& taken) const {
  auto now = options_.now;
  auto& alert = taken.alert;
  bool over = draft.state ? *draft.state == State::kResolved : draft.ends && *draft.ends <= now;
  if (draft.starts && draft.ends && *draft.starts > *draft.ends && (over || !draft.state))
    return wrong(
        fmt::format("it ends at {}, before it starts at {}", format_time(*draft.ends), format_time(*draft.starts)));
  if (over) {
    alert.resolution = model::Resolution::kRecovered;
    alert.starts = draft.starts.value_or(draft.ends.value_or(now));
    alert.ends = draft.ends.value_or(std::max(now, alert.starts));
    return {};
  }
  alert.starts = draft.starts.value_or(now);
  if (!draft.state && draft.ends)
    taken.expires = *draft.ends;
  else if (draft.lasts)
    taken.expires = now + *draft.lasts;
  return {};
}

}  // namespace holter::intake
