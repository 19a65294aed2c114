#include "notify/channel_tools.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/percent.h"
#include "base/utf8.h"
#include "base/web_url.h"
#include "notify/http_outcome.h"
#include "notify/request_signing.h"

namespace holter::notify {
namespace {

namespace json = boost::json;
using boost::asio::awaitable;

constexpr std::size_t kMostDepth = 16;
constexpr milliseconds kLongestTime = std::chrono::hours(24);
constexpr auto kToldFor = std::chrono::hours(24);

/// Characters beyond the basic plane take four bytes in UTF-8 and two units in UTF-16.
std::size_t units_of_sequence(std::size_t length) {
  return length == 4 ? 2 : 1;
}

/// How many bytes of well-formed UTF-8 fit.
std::size_t fitting(std::string_view text, Limit limit) {
  std::size_t used = 0, end = 0;
  while (end < text.size()) {
    auto length = std::max<std::size_t>(utf8_sequence(text.substr(end)), 1);
    used += limit.unit == Limit::Unit::kBytes ? length : units_of_sequence(length);
    if (used > limit.most) break;
    end += length;
  }
  return end;
}

/// `middle` gives way to what stands around it, unless that alone is too long.
std::string between(const std::string& head, std::string_view middle, const std::string& tail, Limit limit) {
  auto around = size_of(head, limit.unit) + size_of(tail, limit.unit);
  if (around + size_of(kCutMark, limit.unit) > limit.most) return cut(head + std::string(middle) + tail, limit);
  return cut(head + cut(middle, {limit.most - around, limit.unit}) + tail, limit);
}

bool contains_whatever_case(std::string_view text, std::string_view part) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return part.empty() || !std::ranges::search(text, part, {}, lower, lower).empty();
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// The value at the end of a path through objects, or nullptr.
const json::value* member(const json::object& object, std::string_view path) {
  const json::object* inside = &object;
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    const auto* value = inside->if_contains(json::string_view(path.data(), dot));
    if (value == nullptr || !value->is_object()) return nullptr;
    inside = &value->get_object();
    path.remove_prefix(dot + 1);
  }
  return inside->if_contains(json::string_view(path.data(), path.size()));
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

std::size_t size_of(std::string_view text, Limit::Unit unit) {
  if (unit == Limit::Unit::kBytes) return text.size();
  std::size_t units = 0;
  while (!text.empty()) {
    auto length = std::max<std::size_t>(utf8_sequence(text), 1);
    units += units_of_sequence(length);
    text.remove_prefix(length);
  }
  return units;
}

std::string cut(std::string_view text, Limit limit) {
  std::string scratch;
  text = as_utf8(text, scratch);
  if (size_of(text, limit.unit) <= limit.most) return std::string(text);
  auto mark = size_of(kCutMark, limit.unit);
  if (limit.most < mark) return {};
  return std::string(text.substr(0, fitting(text, {limit.most - mark, limit.unit}))) + std::string(kCutMark);
}

std::string plain_text(const Message& message, Limit limit) {
  auto head = message.text.empty() ? message.title : message.title + "\n";
  return between(head, message.text, message.url.empty() ? "" : "\n" + message.url, limit);
}

std::string markdown_text(const Message& message, Limit limit) {
  auto head = fmt::format("**{}**{}", message.title, message.text.empty() ? "" : "\n\n");
  return between(head, message.text, message.url.empty() ? "" : fmt::format("\n\n[{0}]({0})", message.url), limit);
}

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    auto end = std::min(text.find_first_of(",\n"), text.size());
    if (auto part = trimmed(text.substr(0, end)); !part.empty()) parts.push_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string join(const std::vector<std::string_view>& parts, std::string_view between) {
  return fmt::format("{}", fmt::join(parts, between));
}

json::array to_array(const std::vector<std::string_view>& parts) {
  json::array array;
  for (auto part : parts) array.emplace_back(json::string(part.data(), part.size()));
  return array;
}

std::string join_url(std::string_view base, std::string_view path) {
  while (base.ends_with('/')) base.remove_suffix(1);
  while (path.starts_with('/')) path.remove_prefix(1);
  return fmt::format("{}/{}", base, path);
}

std::string authority_of(std::string_view url) {
  auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  auto rest = url.substr(scheme + 3);
  return normal_authority(url.substr(0, scheme), rest.substr(0, rest.find_first_of("/?#")));
}

std::string html_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  return out;
}

std::string json_escaped(std::string_view text) {
  auto quoted = json::serialize(json::string_view(text.data(), text.size()));
  return quoted.substr(1, quoted.size() - 2);
}

std::int64_t number_of(const Settings& settings, std::string_view field) {
  auto text = settings.get(field);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::uint32_t color_of(const Message& message) {
  if (!message.firing) return 0x2DA44E;
  switch (message.severity) {
    case model::Severity::kInfo:
      return 0x1F6FEB;
    case model::Severity::kWarning:
      return 0xD29922;
    case model::Severity::kCritical:
      return 0xCF222E;
    case model::Severity::kEmergency:
      return 0x8250DF;
  }
  return 0xCF222E;
}

std::string color_text(const Message& message) {
  return fmt::format("#{:06X}", color_of(message));
}

std::string filled(std::string_view text, const Placeholders& values, std::string (*escape)(std::string_view)) {
  std::string out;
  while (!text.empty()) {
    auto open = text.find("{{");
    auto close = open == std::string_view::npos ? open : text.find("}}", open + 2);
    if (close == std::string_view::npos) break;
    auto name = trimmed(text.substr(open + 2, close - open - 2));
    auto found = std::ranges::find(values, name, &Placeholders::value_type::first);
    out += text.substr(0, open);
    out += found == values.end() ? std::string(text.substr(open, close + 2 - open)) : escape(found->second);
    text.remove_prefix(close + 2);
  }
  return out += text;
}

Placeholders placeholders_of(const Message& message) {
  return {{"title", message.title},
          {"text", message.text},
          {"status", message.firing ? "firing" : "resolved"},
          {"severity", std::string(model::to_string(message.severity))},
          {"url", message.url},
          {"count", fmt::format("{}", message.alerts.size() + message.left_out)},
          {"monitor", std::string(model::label_of(message.common_labels, "monitor"))}};
}

Status check_secret_url(const Settings& settings, std::string_view field) {
  auto url = settings.get(field);
  if (url.empty()) return {};
  bool printable = std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7f; });
  if (printable && (url.starts_with("https://") || url.starts_with("http://")) && !authority_of(url).empty()) return {};
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("cannot use '{}': it must be an address, https://host/...", field));
}

Secrets::Secrets(std::span<const Field> fields, const Settings& settings) {
  for (const auto& field : fields)
    if (field.type == Field::Type::kPassword) add(settings.get(field.name));
}

void Secrets::add(std::string_view secret) {
  if (secret.empty()) return;
  std::vector<std::string> forms{std::string(secret), percent_encoded(secret), json_escaped(secret)};
  if (auto scheme = secret.find("://"); scheme != std::string_view::npos) {
    auto path = secret.find_first_of("/?", scheme + 3);
    if (path != std::string_view::npos && secret.size() - path > 4) forms.emplace_back(secret.substr(path));
  }
  for (auto& form : forms) {
    auto slashed = form;
    replace_all(slashed, "/", "\\/");  // as some write it in JSON
    forms_.push_back(std::move(form));
    forms_.push_back(std::move(slashed));
  }
  std::ranges::sort(
      forms_, [](const auto& a, const auto& b) { return a.size() > b.size() || (a.size() == b.size() && a < b); });
  forms_.erase(std::ranges::unique(forms_).begin(), forms_.end());
}

std::string Secrets::masked(std::string text, std::size_t least) const {
  for (const auto& form : forms_)
    if (form.size() >= least) replace_all(text, form, "***");
  return text;
}

Outcome Secrets::masked(Outcome outcome) const {
  outcome.answer = masked(std::move(outcome.answer));
  return outcome;
}

HttpCall json_call(std::string url, const json::object& body) {
  return {.url = std::move(url),
          .headers = {{"Content-Type", "application/json; charset=utf-8"}},
          .body = json::serialize(body)};
}

awaitable<Result<HttpAnswer>> exchange(HttpCall call, Secrets secrets, Wire& wire) {
  if (!call.user.empty()) secrets.add(to_base64(fmt::format("{}:{}", call.user, call.password)));
  auto answer = co_await wire.http(std::move(call));
  // Shorter ones could be parts of the answer's form, and hiding them would break it; they are hidden in the outcome.
  constexpr std::size_t kLeast = 6;
  if (!answer) co_return Error(answer.error().code(), secrets.masked(answer.error().message(), kLeast));
  answer->body = secrets.masked(std::move(answer->body), kLeast);
  co_return std::move(*answer);
}

awaitable<Outcome> deliver(HttpCall call, Secrets secrets, Wire& wire, Judge judge) {
  auto answer = co_await exchange(std::move(call), secrets, wire);
  co_return secrets.masked(answer ? judge(*answer, wire.now()) : outcome_of(answer.error()));
}

std::optional<json::object> parse_object(std::string_view text) {
  boost::system::error_code failure;
  json::parse_options options;
  options.max_depth = kMostDepth;
  auto value = json::parse(json::string_view(text.data(), text.size()), failure, {}, options);
  if (failure || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::string member_text(const json::object& object, std::string_view path) {
  const auto* value = member(object, path);
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->get_string().c_str(), value->get_string().size());
  return value->is_number() ? json::serialize(*value) : std::string();
}

std::optional<milliseconds> member_time(const json::object& object, std::string_view path, milliseconds unit) {
  const auto* value = member(object, path);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  auto time = value->to_number<double>() * static_cast<double>(unit.count());
  if (!(time > 0)) return std::nullopt;
  return milliseconds(static_cast<std::int64_t>(std::min(time, static_cast<double>(kLongestTime.count()))));
}

Outcome unreadable(const HttpAnswer& answer) {
  return Outcome::retry(
      fmt::format("HTTP {}: this is no answer of the provider: {}", answer.status, one_line(answer.body)));
}

Outcome outcome_of_code(const HttpAnswer& answer, WallTime now, const CodeStyle& style, std::span<const Code> known) {
  auto by_status = outcome_of(answer, now);
  auto object = parse_object(answer.body);
  auto code = object ? member_text(*object, style.code) : std::string();
  if (code.empty()) return is_success(answer) ? unreadable(answer) : by_status;
  auto words = member_text(*object, style.words);
  auto text = fmt::format("HTTP {}, {}: {}", answer.status, one_line(code, 60), one_line(words));
  if (is_success(answer) && code == style.success) return Outcome::delivered(std::move(text));
  auto found = std::ranges::find_if(
      known, [&](const Code& one) { return one.code == code && contains_whatever_case(words, one.containing); });
  if (found == known.end()) {
    auto kind = is_success(answer) ? Outcome::Kind::kGiveUp : by_status.kind;
    return {kind, std::move(text), by_status.retry_after};
  }
  auto after = by_status.retry_after ? by_status.retry_after : found->after;
  return {found->kind, std::move(text), found->kind == Outcome::Kind::kRetry ? after : std::nullopt};
}

Recipients::Recipients(std::string_view channel, const Message& message, Wire& wire)
    : prefix_(fmt::format("{}/told/{}/{}", channel, message.receiver, message.key)), wire_(wire) {}

std::string Recipients::key_of(std::string_view who) const {
  return fmt::format("{}/{:016x}", prefix_, stable_hash(who));
}

bool Recipients::told(std::string_view who) const {
  return wire_.cached(key_of(who)).has_value();
}

void Recipients::add(std::string_view who, const Outcome& outcome) {
  ++all_;
  if (outcome.kind == Outcome::Kind::kDelivered) {
    ++delivered_;
    wire_.cache(key_of(who), "1", wire_.now() + kToldFor);
    return;
  }
  bool retry = outcome.kind == Outcome::Kind::kRetry;
  bool worse = !worst_ || (retry && worst_->kind != Outcome::Kind::kRetry);
  auto after = std::max(worst_ ? worst_->retry_after : std::nullopt, outcome.retry_after);
  if (worse) worst_ = Outcome{outcome.kind, fmt::format("{}: {}", one_line(who, 40), outcome.answer), {}};
  if (worst_->kind == Outcome::Kind::kRetry) worst_->retry_after = after;
}

Outcome Recipients::total() const {
  if (!worst_) return Outcome::delivered(fmt::format("{} told", delivered_));
  auto total = *worst_;
  if (all_ > 1) total.answer = fmt::format("{} of {} told; {}", delivered_, all_, total.answer);
  return total;
}

}  // namespace holter::notify
