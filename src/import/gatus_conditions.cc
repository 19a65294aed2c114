#include "import/gatus_conditions.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::imports {
namespace {

constexpr std::string_view kLaterAlert = "make it an alert rule when Holter has them";
constexpr std::string_view kBody = "[BODY]";

/// The argument of "name(argument)".
std::optional<std::string> argument(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || !text.ends_with(')') || text.size() < name.size() + 2 || text[name.size()] != '(')
    return std::nullopt;
  return trim(text.substr(name.size() + 1, text.size() - name.size() - 2));
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> parts;
  while (true) {
    auto comma = list.find(',');
    parts.push_back(trim(list.substr(0, comma)));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

/// Is it a condition on the status that can be decided? nullopt: no.
std::optional<bool> holds(const Condition& condition, int status) {
  const auto& right = condition.right;
  if (condition.op == "==" || condition.op == "!=") {
    bool equal = false;
    if (auto pattern = argument(right, "pat")) {
      equal = matches_glob(*pattern, std::to_string(status));
    } else if (auto list = argument(right, "any")) {
      for (const auto& part : parts_of(*list)) equal = equal || number(part) == status;
    } else if (auto wanted = number(right)) {
      equal = *wanted == status;
    } else {
      return std::nullopt;
    }
    return equal == (condition.op == "==");
  }
  auto bound = number(right);
  if (!bound) return std::nullopt;
  if (condition.op == "<") return status < *bound;
  if (condition.op == "<=") return status <= *bound;
  if (condition.op == ">") return status > *bound;
  if (condition.op == ">=") return status >= *bound;
  return std::nullopt;
}

/// Registered codes, and those that the conditions name.
std::vector<int> candidates(const std::vector<Condition>& conditions) {
  auto codes = registered_codes();
  for (const auto& condition : conditions) {
    if (condition.left != "[STATUS]") continue;
    auto list = argument(condition.right, "any").value_or(condition.right);
    for (const auto& part : parts_of(list))
      if (auto code = number(part); code && *code >= 100 && *code <= 999) codes.push_back(*code);
  }
  std::ranges::sort(codes);
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

/// An expression for a text or a pattern with '*'.
std::string regex_of(std::string_view text) {
  if (auto pattern = argument(text, "pat")) {
    bool from_start = !pattern->starts_with('*');
    bool to_end = !pattern->ends_with('*');
    std::string out;
    for (std::string_view rest = *pattern; !rest.empty();) {
      auto piece = rest.substr(0, rest.find('*'));
      if (!piece.empty()) out += (out.empty() ? "" : ".*") + quoted_regex(piece);
      rest.remove_prefix(std::min(rest.size(), piece.size() + 1));
    }
    return fmt::format("{}{}{}{}", "(?s)", from_start ? "\\A" : "", out, to_end ? "\\z" : "");
  }
  return fmt::format("\\A\\s*{}\\s*\\z", quoted_regex(text));
}

void leave(const Condition& condition, std::string reason, std::string advice, Draft& draft) {
  draft.leave(fmt::format("condition '{}'", excerpt(condition.text)), std::move(reason), std::move(advice));
}

void leave_other(const Condition& condition, Draft& draft) {
  if (condition.left == "[RESPONSE_TIME]")
    return leave(condition, "the time is kept, and does not decide on UP and DOWN",
                 fmt::format("{}: responseTime", kLaterAlert), draft);
  if (condition.left == "[CERTIFICATE_EXPIRATION]")
    return leave(condition, "a check asks for the page or the certificate, not for both",
                 "watch it with the application ssl_cert: certificate.days_left", draft);
  if (condition.left == "[DOMAIN_EXPIRATION]")
    return leave(condition, "Holter does not ask registrars (RDAP, WHOIS)", "keep it in a calendar", draft);
  if (condition.left == "[IP]")
    return leave(condition, "the address of the target is no metric", "watch the name with the application dns", draft);
  leave(condition, "no definition says this", kLaterAlert.data(), draft);
}

/// Is it what UP means anyway?
bool is_connected(const Condition& condition) {
  return condition.left == "[CONNECTED]" && condition.op == "==" && condition.right == "true";
}

void body(const Condition& condition, WebCheck& check, Draft& draft) {
  auto path = std::string_view(condition.left).substr(kBody.size());
  bool equality = condition.op == "==" || condition.op == "!=";
  if (path.empty() && equality && check.keyword.empty() && !argument(condition.right, "any")) {
    check.keyword = regex_of(condition.right);
    return leave(condition, "occurrences are counted, and do not decide on UP and DOWN",
                 fmt::format("{}: summary.keyword {} 0", kLaterAlert, condition.op == "==" ? "==" : ">"), draft);
  }
  if (!path.empty() && check.json_path.empty()) {
    check.json_path = fmt::format("${}", path);
    return leave(condition, "the value is kept, and does not decide on UP and DOWN",
                 fmt::format("{}: the set content", kLaterAlert), draft);
  }
  if (!path.empty())
    return leave(condition, "a monitor keeps one value of the body, the first that is named",
                 "write a definition for this page (docs/definitions.md)", draft);
  leave_other(condition, draft);
}

}  // namespace

Condition parse_condition(std::string_view text) {
  Condition out{trim(text), trim(text), {}, {}};
  for (std::string_view op : {"==", "!=", "<=", ">=", ">", "<"}) {
    auto at = text.find(fmt::format(" {} ", op));
    if (at == std::string_view::npos) continue;
    out.left = trim(text.substr(0, at));
    out.op = op;
    out.right = trim(text.substr(at + op.size() + 2));
    break;
  }
  return out;
}

bool matches_glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Status apply_web_conditions(const std::vector<Condition>& conditions, WebCheck& check, Draft& draft) {
  auto codes = candidates(conditions);
  for (const auto& condition : conditions) {
    if (condition.left == "[STATUS]" && holds(condition, 200)) {
      std::erase_if(codes, [&](int code) { return !holds(condition, code).value_or(true); });
    } else if (condition.left.starts_with(kBody)) {
      body(condition, check, draft);
    } else if (!is_connected(condition)) {
      leave_other(condition, draft);
    }
  }
  if (codes.empty()) return Error(ErrorCode::kInvalidArgument, "no status code fulfils its conditions");
  check.codes = std::move(codes);
  return {};
}

void leave_conditions(const std::vector<Condition>& conditions, Draft& draft) {
  auto kept = [&](const Condition& condition) -> std::string_view {
    if (draft.app == "ssl_cert" && condition.left == "[CERTIFICATE_EXPIRATION]") return "certificate.days_left";
    if (draft.app == "dns" && condition.left == "[DNS_RCODE]") return "header.status";
    if (draft.app == "dns" && condition.left == kBody) return "answer.section0";
    return {};
  };
  for (const auto& condition : conditions) {
    if (is_connected(condition)) continue;
    if (auto field = kept(condition); !field.empty())
      leave(condition, "the value is kept, and does not decide on UP and DOWN",
            fmt::format("{}: {}", kLaterAlert, field), draft);
    else
      leave_other(condition, draft);
  }
}

}  // namespace holter::imports
